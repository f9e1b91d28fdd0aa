// [data-promise]: j and k go from one commitment to the next, d says that it is done, m moves its date, Enter opens it.
// After something was done with one, the next has the focus on the new page. A key that is held down steps, and does once.
const rows = () => [...document.querySelectorAll("[data-promise]")];
const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
const current = () => document.activeElement.closest("[data-promise]");
const NEXT = "next commitment";
let gone = -Infinity; // when “g” was pressed: the letter after it goes elsewhere

function step(by) {
  const all = rows();
  const at = all.indexOf(current());
  const next = at < 0 ? all[0] : all[at + by];
  next?.focus();
}

function move() {
  const summary = current()?.querySelector("[data-move]");
  if (!summary) return;
  summary.parentElement.open = true;
  summary.parentElement.querySelector("input:not([type=hidden])").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "g") gone = event.timeStamp;
  if (event.timeStamp - gone < 1500) return;
  if (event.repeat && !"jk".includes(event.key)) return;
  const act = {
    j: () => step(1),
    k: () => step(-1),
    d: () => current()?.querySelector("[data-done]")?.click(),
    m: move,
    Enter: event.target.matches("[data-promise]") && (() => event.target.querySelector("[data-open]").click()),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

document.addEventListener("submit", ({ target }) => {
  const row = target.closest("[data-promise]");
  if (!row) return;
  const all = rows();
  const next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
  sessionStorage.setItem(NEXT, next?.id ?? "");
});

document.getElementById(sessionStorage.getItem(NEXT) ?? "")?.focus();
sessionStorage.removeItem(NEXT);
