// form[data-grid]: marks and counts the cells that changed, takes back and does again, warns before changes are lost.
for (const form of document.querySelectorAll("form[data-grid]")) {
  const cells = [...form.querySelectorAll("[data-row]")];
  const told = form.querySelector("[data-count]");
  const was = (cell) => form.elements[`was-${cell.name}`]?.value ?? cell.defaultValue; // after a refusal: what stands
  const steps = []; // each: [[cell, what it held], …]
  const undone = []; // the same, of what was taken back
  let before = ""; // what the focused cell held when it got the focus
  let sent = false;

  function recount(lost = "") {
    const changed = cells.filter((cell) => cell.value !== was(cell));
    for (const cell of cells) cell.classList.toggle("changed", changed.includes(cell) && cell.ariaInvalid !== "true");
    const words = changed.length ? `${changed.length} ${changed.length === 1 ? "change" : "changes"}` : "";
    if (told) told.textContent = [words, lost].filter(Boolean).join(". ");
    return changed.length;
  }

  function step(...change) {
    steps.push(change);
    undone.length = 0;
  }

  function keep(cell) {
    if (cell.value !== before) step([cell, before]);
    before = cell.value;
  }

  function go(cell, from, to) {
    const change = from.pop() ?? [];
    if (change.length) to.push(change.map(([each]) => [each, each.value]));
    for (const [each, value] of change) each.value = value;
    before = cell.value;
    recount();
  }

  form.addEventListener("focusin", ({ target }) => target.dataset.row && (before = target.value));
  form.addEventListener("focusout", ({ target }) => target.dataset.row && keep(target));
  form.addEventListener("input", () => recount());
  form.addEventListener("filled", ({ detail: { filled, lost, at, held } }) => {
    if (held !== before) step([at, before]); // typed, and pasted over
    if (filled.length) step(...filled);
    before = at.value;
    recount(lost);
  });
  form.addEventListener("keydown", (event) => {
    const { target, ctrlKey, metaKey, shiftKey } = event;
    if (!target.dataset.row || !(ctrlKey || metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    keep(target);
    if (key === "z" && !shiftKey) go(target, steps, undone);
    else go(target, undone, steps);
  });
  form.addEventListener("submit", () => (sent = true));
  addEventListener("beforeunload", (event) => !sent && recount() && event.preventDefault());
  addEventListener("pageshow", () => recount()); // back to this page: the browser may have kept what was typed
  recount();
}
