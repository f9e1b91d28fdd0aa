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

const counted = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

// “2 rows and 1 column of the block did not fit: 5 values were left out”
function leftOut(lost, down, right) {
  const over = [down > 0 && counted(down, "row"), right > 0 && counted(right, "column")].filter(Boolean).join(" and ");
  const left = `${counted(lost, "value")} ${lost === 1 ? "was" : "were"} left out`;
  return over ? `${over} of the block did not fit: ${left}` : `${left}: nothing is due there`;
}

for (const form of document.querySelectorAll("form[data-grid]")) {
  const cells = [...form.querySelectorAll("[data-row]")];
  const last = (name) => Math.max(...cells.map((cell) => +cell.dataset[name]));

  form.addEventListener("paste", (event) => {
    const at = event.target;
    const { row, col } = at.dataset;
    const rows = block(event.clipboardData.getData("text/plain"));
    if (!row || (rows.length === 1 && rows[0].length === 1)) return; // one value: an ordinary paste
    event.preventDefault();
    const held = at.value;
    const filled = [];
    let lost = 0;
    rows.forEach((values, down) =>
      values.forEach((value, right) => {
        const cell = form.querySelector(`[data-row="${+row + down}"][data-col="${+col + right}"]`);
        if (cell) filled.push([cell, cell.value]);
        else if (value) lost++;
        if (cell) cell.value = value;
      }),
    );
    const down = +row + rows.length - 1 - last("row");
    const right = +col + Math.max(...rows.map((values) => values.length)) - 1 - last("col");
    const detail = { filled, at, held, lost: lost ? leftOut(lost, down, right) : "" };
    form.dispatchEvent(new CustomEvent("filled", { detail })); // for grid-edits.js: what stood there before
  });
}
