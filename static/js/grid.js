// [data-grid]: a form whose inputs carry data-row and data-col. Arrow keys and Enter move, a block copied from a
// spreadsheet fills the cells from the focused one on, Ctrl+Z takes back, and nothing unsent is lost by leaving.
for (const form of document.querySelectorAll("form[data-grid]")) {
  const cells = new Map([...form.querySelectorAll("[data-row][data-col]")].map((c) => [`${c.dataset.row},${c.dataset.col}`, c]));
  const at = (cell, down, right) => cells.get(`${+cell.dataset.row + down},${+cell.dataset.col + right}`);
  const limit = Math.max(0, ...[...cells.values()].flatMap((c) => [+c.dataset.row, +c.dataset.col]));
  const undone = []; // steps that can be taken back: [[cell, what it held], …]
  let before = ""; // what the focused cell held when it got the focus
  let sent = false;

  function recount() {
    for (const cell of cells.values()) cell.classList.toggle("changed", cell.value !== cell.defaultValue);
    const count = [...cells.values()].filter((cell) => cell.value !== cell.defaultValue).length;
    const told = form.querySelector("[data-count]");
    if (told) told.textContent = count ? `${count} ${count === 1 ? "change" : "changes"}` : "";
    return count;
  }

  function keep(cell) {
    if (cell.value !== before) undone.push([[cell, before]]);
    before = cell.value;
  }

  function move(cell, down, right) {
    for (let i = 1; i <= limit + 1; i++) {
      const next = at(cell, down * i, right * i);
      if (next) return next.focus(), next.select();
    }
  }

  function undo(cell) {
    keep(cell);
    for (const [back, value] of undone.pop() ?? []) back.value = value;
    before = cell.value;
    recount();
  }

  // A comma parts two cells only where the line could not be one number.
  function split(line, tabs) {
    if (tabs) return line.split("\t");
    if (line.includes(";")) return line.split(";");
    return /^[^,]*(,\d{3})*(,\d+|\.\d+)?[^,]*$/.test(line) ? [line] : line.split(",");
  }

  function paste(event, cell) {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    const rows = text.split("\n").map((line) => split(line, text.includes("\t")));
    if (rows.length === 1 && rows[0].length === 1) return; // one value: an ordinary paste
    event.preventDefault();
    keep(cell);
    const hit = rows.flatMap((row, down) => row.map((value, right) => [at(cell, down, right), value.trim()]));
    undone.push(hit.filter(([target]) => target).map(([target]) => [target, target.value]));
    for (const [target, value] of hit) if (target) target.value = value;
    before = cell.value;
    recount();
  }

  form.addEventListener("focusin", ({ target }) => cells.size && target.dataset.row && (before = target.value));
  form.addEventListener("focusout", ({ target }) => target.dataset.row && keep(target));
  form.addEventListener("input", recount);
  form.addEventListener("paste", (event) => event.target.dataset.row && paste(event, event.target));
  form.addEventListener("submit", () => (sent = true));
  form.addEventListener("reset", () => setTimeout(recount));
  addEventListener("beforeunload", (event) => !sent && recount() && event.preventDefault());
  form.addEventListener("keydown", (event) => {
    const { target: cell, key } = event;
    if (!cell.dataset.row) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const [from, to] = [cell.selectionStart, cell.selectionEnd];
    const all = from === 0 && to === cell.value.length;
    if (plain && key === "ArrowUp") move(cell, -1, 0);
    else if (plain && key === "ArrowDown") move(cell, 1, 0);
    else if (plain && key === "Enter") move(cell, event.shiftKey ? -1 : 1, 0);
    else if (plain && key === "ArrowLeft" && (all || to === 0)) move(cell, 0, -1);
    else if (plain && key === "ArrowRight" && (all || from === cell.value.length)) move(cell, 0, 1);
    else if (!plain && !event.shiftKey && key.toLowerCase() === "z") undo(cell);
    else return;
    event.preventDefault();
  });
  recount();
}
