// form[data-grid]: inputs with data-row and data-col. Arrow keys and Enter move between them;
// Alt+Enter follows the link beside one. Tab goes from value to value then, and passes the links over.
for (const form of document.querySelectorAll("form[data-grid]")) {
  const cells = new Map([...form.querySelectorAll("[data-row]")].map((c) => [`${c.dataset.row},${c.dataset.col}`, c]));
  const reach = Math.max(0, ...[...cells.values()].flatMap((c) => [+c.dataset.row, +c.dataset.col])) + 1;

  // The next cell that way; where none is expected there is no input, and it is passed over.
  function move(cell, down, right) {
    for (let step = 1; step <= reach; step++) {
      const next = cells.get(`${+cell.dataset.row + down * step},${+cell.dataset.col + right * step}`);
      if (next) return next.focus(), next.select();
    }
  }

  for (const link of form.querySelectorAll("td a")) link.tabIndex = -1;

  form.addEventListener("keydown", (event) => {
    const { target: cell, key } = event;
    if (cell.dataset.row && event.altKey && key === "Enter") cell.closest("td").querySelector("a")?.click();
    if (!cell.dataset.row || event.ctrlKey || event.metaKey || event.altKey) return;
    const whole = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
    if (key === "ArrowUp") move(cell, -1, 0);
    else if (key === "ArrowDown") move(cell, 1, 0);
    else if (key === "Enter") move(cell, event.shiftKey ? -1 : 1, 0);
    else if (key === "ArrowLeft" && (whole || cell.selectionEnd === 0)) move(cell, 0, -1);
    else if (key === "ArrowRight" && (whole || cell.selectionStart === cell.value.length)) move(cell, 0, 1);
    else return;
    event.preventDefault();
  });
}
