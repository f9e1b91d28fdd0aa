// textarea[data-mentions]: after “@”, the people of the JSON script of that id are offered. Arrows move, Enter or Tab
// takes, Escape closes. Without a script the same is typed.
const MOST = 8;
const names = new Intl.Collator(undefined, { sensitivity: "base", usage: "search" });
let shown = null; // { area, list, people, at, start }

function close() {
  shown?.list.remove();
  shown?.area.removeAttribute("aria-activedescendant");
  shown = null;
}

// The part of a name before the caret, and where its “@” stands.
function begun(area) {
  const [found, part] = /(?:^|[^\w@./+-])@([\w.+-]*)$/u.exec(area.value.slice(0, area.selectionStart)) ?? [];
  return found === undefined ? null : { part, start: area.selectionStart - part.length };
}

function fits(part, [login, name]) {
  return [login, ...name.split(/\s+/)].some((word) => names.compare(word.slice(0, part.length), part) === 0);
}

function option([login, name, title], number, area) {
  const item = document.createElement("li");
  const more = document.createElement("span");
  item.role = "option";
  item.id = `${area.id}-person-${number}`;
  more.className = "quiet";
  more.textContent = ` @${login}${title ? `, ${title}` : ""}`;
  item.append(name, more);
  return item;
}

function choose(number) {
  const { area, list } = shown;
  shown.at = (number + list.children.length) % list.children.length;
  [...list.children].forEach((item, i) => (item.ariaSelected = String(i === shown.at)));
  list.children[shown.at].scrollIntoView({ block: "nearest" });
  area.setAttribute("aria-activedescendant", list.children[shown.at].id);
}

function take(number) {
  const { area, people, start } = shown;
  area.setRangeText(`${people[number][0]} `, start, area.selectionStart, "end");
  close();
}

function offer(area) {
  close();
  const { part, start } = begun(area) ?? {};
  const all = part === undefined ? [] : JSON.parse(document.getElementById(area.dataset.mentions)?.textContent ?? "[]");
  const people = all.filter((person) => fits(part, person)).slice(0, MOST);
  if (!people.length) return;
  const list = document.createElement("ul");
  Object.assign(list, { className: "people", role: "listbox", ariaLabel: "People", id: `${area.id}-people` });
  list.append(...people.map((person, number) => option(person, number, area)));
  area.after(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  shown = { area, list, people, start, at: 0 };
  choose(0);
}

document.addEventListener("input", ({ target }) => target.dataset?.mentions && offer(target));
document.addEventListener("focusout", ({ target }) => target === shown?.area && close());
document.addEventListener("mousedown", (event) => {
  const item = event.target.closest?.(".people > li");
  if (!item) return;
  event.preventDefault(); // the focus stays where one types
  take([...item.parentElement.children].indexOf(item));
});
document.addEventListener(
  "keydown",
  (event) => {
    if (event.target !== shown?.area || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key === "ArrowDown") choose(shown.at + 1);
    else if (key === "ArrowUp") choose(shown.at - 1);
    else if (key === "Enter" || key === "Tab") take(shown.at);
    else if (key === "Escape") close();
    else return;
    event.preventDefault();
  },
  true,
);
