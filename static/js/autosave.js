// form[data-autosave=URL]: what is typed is kept on the server after two quiet seconds, and in this browser while that
// cannot be reached or does not take it. [data-saved] says so; with [data-held], or once somebody else has saved, it
// stays in this browser until it is sent.
const QUIET = 2000;

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const told = form.querySelector("[data-saved]");
  const place = `draft:${form.dataset.autosave}`;
  const tell = (words) => told && (told.textContent = words);
  const state = () => new URLSearchParams(new FormData(form));
  let waiting = 0; // the timer
  let typed = 0; // counts changes, so that those made during a save are not taken for saved
  let saved = 0;
  let busy = false;
  let sent = false;
  let held = "held" in form.dataset;

  function keep(arrived) {
    const kept = state();
    kept.delete("csrfmiddlewaretoken");
    if (arrived) kept.set("sent", 1);
    try {
      localStorage.setItem(place, kept);
    } catch {
      return; // a browser that keeps nothing
    }
  }

  async function answered() {
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: state(), headers: { Accept: "application/json" } });
    const found = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    if (!found.edition && !found.why) throw new Error(answer.status); // signed out, or a server that is not well
    return { ...found, another: answer.status === 409 };
  }

  async function save() {
    if (sent || held || saved === typed) return;
    if (busy) return changed();
    busy = true;
    const upto = typed;
    try {
      const { edition, saved_at, why, another } = await answered();
      held = another;
      if (why) {
        keep();
        tell(another ? `${why} Save as a draft to see both texts.` : why);
      } else {
        form.elements.edition.value = edition;
        saved = upto;
        if (saved === typed) localStorage.removeItem(place);
        tell(`saved ${saved_at}`);
      }
    } catch {
      if (sent) return; // the page is being left
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

  form.addEventListener("input", () => {
    typed += 1;
    if (held) keep();
    else changed();
  });
  form.addEventListener("submit", (event) => {
    sent = navigator.onLine;
    keep(sent); // should it not arrive
    if (sent) return clearTimeout(waiting);
    event.preventDefault();
    tell("not connected: not sent, kept in this browser");
  });
  addEventListener("online", save);
  addEventListener("pagehide", () => saved !== typed && !sent && keep());

  // What could not be saved the last time. Where the server has something newer the next save says so, and nothing is
  // lost; only what was sent, and arrived, is not wanted any more.
  const kept = new URLSearchParams(localStorage.getItem(place) ?? "");
  const current = ["edition", "base"].every((name) => kept.get(name) === form.elements[name].value);
  if (kept.size && !held && (current || !kept.has("sent"))) {
    for (const [name, value] of kept) {
      const field = form.elements[name];
      if (field) field.value = value;
    }
    tell("what was kept in this browser is back");
    typed += 1;
    changed();
  } else localStorage.removeItem(place);
}
