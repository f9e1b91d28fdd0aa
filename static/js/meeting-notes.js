// form[data-notes]: what is typed is saved a second later, over the version it was begun from (`base`), and kept in this
// browser until it is. Where somebody else saved meanwhile, both texts are shown and one says what is to stand.
const QUIET = 1000, WRITES = 8000;
const states = new WeakMap();
const current = () => document.querySelector("form[data-notes]");
const meeting = () => document.querySelector("[data-meeting]").dataset;
const place = (action) => `note:${meeting().user}:${new URL(action).pathname}`; // whoever signs in next has their own
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
let writes = 0; // the timer after which one does not write any more

function of(form) {
  if (!states.has(form)) states.set(form, { typed: 0, saved: 0, timer: 0, busy: null, theirs: null, sent: new Set() });
  return states.get(form);
}

function tell(form, words) {
  form.querySelector("[data-saved]").textContent = words;
}

function keep(form) {
  const kept = { base: form.elements.base.value, text: form.elements.text.value };
  try {
    localStorage.setItem(place(form.action), JSON.stringify(kept));
  } catch {
    return; // a browser that keeps nothing
  }
}

async function post(action, base, text) {
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  const answer = await fetch(action, { method: "POST", headers, body: new URLSearchParams({ base, text }) });
  const found = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  if (!found.ok && !found.theirs && !found.errors) throw new Error(answer.status);
  return found;
}

function both(form, theirs) {
  of(form).theirs = theirs;
  const panel = form.querySelector("[data-theirs]");
  panel.querySelector("[data-who]").textContent = `${theirs.by} wrote here meanwhile (${theirs.at})`;
  panel.querySelector("[data-text]").textContent = theirs.text || "nothing";
  panel.hidden = false;
  tell(form, "not saved: two texts");
}

// Theirs, and below it those lines of one's own that are not in it.
function together(theirs, mine) {
  const known = new Set(theirs.split("\n"));
  return [theirs.trimEnd(), ...mine.split("\n").filter((line) => line.trim() && !known.has(line))].join("\n");
}

async function attempt(form) {
  const state = of(form), upto = state.typed, text = form.elements.text.value;
  try {
    const found = await post(form.action, form.elements.base.value, text);
    if (found.theirs && state.sent.has(found.theirs.text)) { // one's own, whose answer was lost
      form.elements.base.value = found.theirs.number;
      state.timer = setTimeout(save, 0, form);
    } else if (found.theirs) both(form, found.theirs);
    else if (found.errors) tell(form, found.errors.join(" "));
    else {
      form.elements.base.value = found.number;
      state.saved = upto;
      state.sent.clear();
      if (state.typed === upto) {
        localStorage.removeItem(place(form.action));
        delete form.dataset.dirty;
      } else keep(form);
      tell(form, `saved ${found.saved_at}`);
    }
  } catch {
    state.sent.add(text);
    tell(form, "not connected: kept in this browser");
  }
}

async function save(form) {
  const state = of(form);
  clearTimeout(state.timer);
  while (state.busy) await state.busy;
  if (state.theirs || state.saved === state.typed) return;
  state.busy = attempt(form);
  await state.busy;
  state.busy = null;
}

function changed(form) {
  const state = of(form);
  state.typed += 1;
  form.dataset.dirty = "";
  keep(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(save, QUIET, form);
}

function writing(form) {
  const { dataset } = form.closest("[data-meeting]");
  dataset.writing = dataset.item;
  clearTimeout(writes);
  writes = setTimeout(() => delete dataset.writing, WRITES);
}

function take(form, which) {
  const state = of(form), field = form.elements.text, { theirs } = state;
  const said = { both: () => together(theirs.text, field.value), mine: () => field.value, theirs: () => theirs.text };
  field.value = said[which]();
  form.elements.base.value = theirs.number;
  state.theirs = null;
  form.querySelector("[data-theirs]").hidden = true;
  field.focus();
  changed(form);
  save(form);
}

function heard({ note, writing: others = [] }) {
  const form = current();
  const told = document.querySelector("[data-writing-told]");
  if (told) told.textContent = others.length ? `${others.join(", ")} ${others.length > 1 ? "are" : "is"} writing` : "";
  if (!form || !note || "dirty" in form.dataset || of(form).busy) return;
  if (note.number <= Number(form.elements.base.value)) return;
  form.elements.base.value = note.number;
  const field = form.elements.text, { selectionStart, selectionEnd } = field;
  if (field.value === note.text) return;
  field.value = note.text;
  field.setSelectionRange(selectionStart, selectionEnd);
  tell(form, `${note.by} wrote ${note.at}`);
}

function wait(address) {
  const told = document.querySelector("[data-waiting]");
  told.querySelector("a").href = address;
  told.hidden = false;
}

// What could not be saved on an item that is not shown any more.
async function sendKept() {
  const mine = current() && place(current().action);
  const within = place(new URL(meeting().url, location)).replace(/running\/$/, "");
  for (const name of Object.keys(localStorage).filter((each) => each.startsWith(within) && each !== mine)) {
    const { base, text } = JSON.parse(localStorage.getItem(name));
    const found = await post(new URL(name.slice(name.indexOf("/")), location), base, text).catch(() => ({}));
    if (found.ok) localStorage.removeItem(name);
    else if (found.theirs) wait(`?item=${/items\/(\d+)/.exec(name)[1]}`);
  }
}

function arrive() {
  const form = current();
  const kept = form && JSON.parse(localStorage.getItem(place(form.action)) ?? "null");
  if (kept && kept.text !== form.elements.text.value) {
    form.elements.text.value = kept.text;
    form.elements.base.value = kept.base;
    tell(form, "what was kept in this browser is back");
    changed(form);
  } else if (kept) localStorage.removeItem(place(form.action));
  sendKept();
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-notes]");
  if (form) changed(form), writing(form);
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-take]");
  if (button) take(button.form, button.dataset.take);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-notes]")) return;
  event.preventDefault();
  save(event.target);
});
document.addEventListener("meeting:told", ({ detail }) => heard(detail));
document.addEventListener("meeting:flush", ({ detail }) => current() && detail.push(save(current())));
document.addEventListener("meeting:back", () => current() && save(current()));
document.addEventListener("meeting:back", sendKept);
document.addEventListener("meeting:arrived", arrive);
arrive();
