// form[data-grid]: marks and counts the cells that changed, takes back with Ctrl+Z, warns before unsent changes are lost.
for (const form of document.querySelectorAll("form[data-grid]")) {
  const cells = [...form.querySelectorAll("[data-row]")];
  const told = form.querySelector("[data-count]");
  const was = (cell) => form.elements[`was-${cell.name}`]?.value ?? cell.defaultValue; // after a refusal: what stands
  const steps = []; // each: [[cell, what it held], …]
  let before = ""; // what the focused cell held when it got the focus
  let sent = false;

  function recount() {
    const changed = cells.filter((cell) => cell.value !== was(cell));
    for (const cell of cells) cell.classList.toggle("changed", changed.includes(cell));
    if (told) told.textContent = changed.length ? `${changed.length} ${changed.length === 1 ? "change" : "changes"}` : "";
    return changed.length;
  }

  function keep(cell) {
    if (cell.value !== before) steps.push([[cell, before]]);
    before = cell.value;
  }

  function undo(cell) {
    keep(cell);
    for (const [back, value] of steps.pop() ?? []) back.value = value;
    before = cell.value;
    recount();
  }

  form.addEventListener("focusin", ({ target }) => target.dataset.row && (before = target.value));
  form.addEventListener("focusout", ({ target }) => target.dataset.row && keep(target));
  form.addEventListener("input", recount);
  form.addEventListener("filled", ({ detail }) => {
    const [first, typed] = detail[0]; // the focused cell
    if (typed !== before) steps.push([[first, before]]);
    steps.push(detail);
    before = first.value;
    recount();
  });
  form.addEventListener("keydown", (event) => {
    const { target, ctrlKey, metaKey, shiftKey, key } = event;
    if (!target.dataset.row || !(ctrlKey || metaKey) || shiftKey || key.toLowerCase() !== "z") return;
    event.preventDefault();
    undo(target);
  });
  form.addEventListener("submit", () => (sent = true));
  addEventListener("beforeunload", (event) => !sent && recount() && event.preventDefault());
  addEventListener("pageshow", recount); // back to this page: the browser may have kept what was typed
  recount();
}
