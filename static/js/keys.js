// Keys for the whole page. A single letter never acts while somebody is typing.
const search = document.querySelector("[data-search]");
const keys = document.getElementById("keys");
let waitingSince = -Infinity; // when “g” was pressed

const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
const go = (selector) => document.querySelector(selector)?.click();

function toDepartments() {
  const menu = document.querySelector(".rail [data-menu]");
  if (menu?.checkVisibility()) menu.open = true;
  const links = [...document.querySelectorAll(".rail [data-departments] a")].filter((link) => link.checkVisibility());
  (links.find((link) => link.ariaCurrent) ?? links[0])?.focus();
}

const afterG = { h: () => go("[data-go=overview]"), k: () => go("[data-go=kpis]"), s: () => go("[data-go=status]"), i: () => go("[data-go=issues]"), d: toDepartments };

function withControl(event) {
  if (event.key === "k") search?.focus();
  else if (event.key === "Enter") event.target.closest("form")?.requestSubmit();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  if (event.ctrlKey || event.metaKey) return withControl(event);
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const second = event.timeStamp - waitingSince < 1500 && afterG[event.key];
  waitingSince = -Infinity;
  if (second) second();
  else if (event.key === "g") waitingSince = event.timeStamp;
  else if (event.key === "/") search?.focus();
  else if (event.key === "?") keys?.showModal();
  else return;
  if (event.key !== "g") event.preventDefault();
});

for (const button of document.querySelectorAll("[data-keys]")) button.addEventListener("click", () => keys?.showModal());
