// A list by keyboard: j and k go from row to row, x chooses one, Enter opens it, a c r p say what to do with all that are
// chosen. Rows are [data-rows] tr; the form that acts is [data-triage].
const acts = { a: "accept", c: "confirm", r: "return", p: "pass", s: "start" };
const typing = (at) => /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== "checkbox";

function rows() {
  return [...document.querySelectorAll("[data-rows] tbody tr")];
}

function go(by) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  next?.querySelector("a, input")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function choose() {
  document.activeElement.closest("[data-rows] tr")?.querySelector("[type=checkbox]")?.click();
}

function act(name) {
  const form = document.querySelector("[data-triage]");
  const select = form?.querySelector("select[name=act]");
  if (!select) return;
  select.value = name;
  form.querySelector(name === "pass" ? "select[name=to]" : "[name=words]")?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.repeat && !"jk".includes(event.key)) return;
  if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (event.key === "x") choose();
  else if (acts[event.key] && document.querySelector("[data-rows] :checked")) act(acts[event.key]);
  else return;
  event.preventDefault();
});
