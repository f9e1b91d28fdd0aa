// [data-reading]: j and k go from one report to the next, a says that it was read, o opens it, r replies. With nothing
// under the cursor they begin at the first that is unread.
const board = document.querySelector("[data-reading]");
const reports = () => [...(board?.querySelectorAll(".report") ?? [])];
const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
let gone = -Infinity; // when “g” was pressed: the letter after it goes elsewhere
let answering = false; // by key: one writes at once, once the drawer has opened
const current = () => board?.querySelector(".report:focus, .report:focus-within");

function step(by) {
  const all = reports();
  const at = all.indexOf(current());
  const next = at < 0 ? (all.find((each) => each.classList.contains("unread")) ?? all[0]) : all[at + by];
  next?.focus();
  next?.scrollIntoView({ block: "start", behavior: "auto" });
}

document.addEventListener("keydown", (event) => {
  if (!board || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "g") gone = event.timeStamp;
  if (event.timeStamp - gone < 1500) return;
  const act = {
    j: () => step(1),
    k: () => step(-1),
    a: () => {
      const here = current() ?? board.querySelector(".report.unread");
      here?.querySelector("[data-acknowledge]")?.click();
    },
    o: () => current()?.querySelector("[data-open]")?.click(),
    r: () => {
      answering = true;
      current()?.querySelector("[data-reply]")?.click();
    },
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

// What was said to be read is not unread any more, and the cursor stays on it.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const report = document.getElementById(detail.target.id)?.closest(".report") ?? detail.target.closest(".report");
  if (!report) return;
  report.classList.toggle("unread", Boolean(report.querySelector("[data-acknowledge]")));
  report.focus();
});

new MutationObserver(() => {
  const area = answering && document.querySelector("#drawer[open] textarea");
  if (!area) return;
  answering = false;
  area.focus();
}).observe(document.getElementById("drawer"), { attributeFilter: ["open"] });
