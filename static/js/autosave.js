// form[data-autosave=URL]: what is typed is kept on the server after two quiet seconds, and in this browser while that
// cannot be reached. [data-saved] says so; with [data-held] (two texts are shown) nothing is kept until it is sent.
const QUIET = 2000;

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const told = form.querySelector("[data-saved]");
  const place = `draft:${form.dataset.autosave}`;
  const tell = (words) => told && (told.textContent = words);
  const state = () => new URLSearchParams(new FormData(form));
  let waiting = 0; // the timer
  let busy = false;
  let sent = false;
  let held = "held" in form.dataset;

  function keep() {
    try {
      localStorage.setItem(place, state());
    } catch {
      return; // a browser that keeps nothing
    }
  }

  async function save() {
    if (busy || held || sent) return;
    busy = true;
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: state(), headers: { Accept: "application/json" } });
      const found = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
      if (answer.ok) {
        form.elements.edition.value = found.edition;
        localStorage.removeItem(place);
        tell(`saved ${found.saved_at}`);
      } else if (answer.status === 409) {
        held = true;
        tell(`${found.why} Save as a draft to see both texts.`);
      } else throw new Error(answer.status);
    } catch {
      keep();
      tell("not connected: kept in this browser");
      waiting ||= setTimeout(later, 5000);
    } finally {
      busy = false;
    }
  }

  function later() {
    waiting = 0;
    save();
  }

  function changed() {
    clearTimeout(waiting);
    waiting = setTimeout(later, QUIET);
  }

  form.addEventListener("input", changed);
  form.addEventListener("submit", () => {
    sent = true;
    clearTimeout(waiting);
    keep(); // should it not arrive
  });
  addEventListener("online", save);

  // What could not be sent the last time: it is newer than what the server knows, unless that was written over.
  const kept = new URLSearchParams(localStorage.getItem(place) ?? "");
  if (kept.get("edition") === form.elements.edition.value && kept.get("base") === form.elements.base.value && !held) {
    for (const [name, value] of kept) {
      if (name === "csrfmiddlewaretoken") continue;
      const field = form.elements[name];
      if (field) field.value = value;
    }
    tell("what was kept in this browser is back");
    changed();
  }
  localStorage.removeItem(place);
}
