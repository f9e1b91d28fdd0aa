// form[data-grid]: a block copied from a spreadsheet fills the cells from the focused one on, right and down.

// A comma parts two cells only where the line could not be one number.
const oneNumber = /^[^,]*(,\d{3})*(,\d+|\.\d+)?[^,]*$/;

function split(line, tabs) {
  if (tabs) return line.split("\t");
  if (line.includes(";")) return line.split(";");
  return oneNumber.test(line) ? [line] : line.split(",");
}

function block(text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n");
  return lines.map((line) => split(line, text.includes("\t")).map((value) => value.trim()));
}

for (const form of document.querySelectorAll("form[data-grid]")) {
  form.addEventListener("paste", (event) => {
    const { row, col } = event.target.dataset;
    const rows = block(event.clipboardData.getData("text/plain"));
    if (!row || (rows.length === 1 && rows[0].length === 1)) return; // one value: an ordinary paste
    event.preventDefault();
    const filled = [];
    rows.forEach((values, down) =>
      values.forEach((value, right) => {
        const cell = form.querySelector(`[data-row="${+row + down}"][data-col="${+col + right}"]`);
        if (cell) filled.push([cell, cell.value]);
        if (cell) cell.value = value;
      }),
    );
    form.dispatchEvent(new CustomEvent("filled", { detail: filled })); // for grid-edits.js: what stood there before
  });
}
