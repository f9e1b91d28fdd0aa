// Draws each [data-chart] from the figure in the <script type="application/json"> whose id it names.
// A figure names colours as the stylesheet does, “var(--ink)”; they are looked up here, for the theme of the moment.
const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const DAY = 24 * 3600 * 1000;

function colour(name, box) {
  box.style.color = name;
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = getComputedStyle(box).color;
  pixel.fillRect(0, 0, 1, 1);
  box.style.color = "";
  const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
  return `rgba(${r},${g},${b},${a / 255})`;
}

function resolve(part, box) {
  if (typeof part === "string") return part.startsWith("var(--") ? colour(part, box) : part;
  if (Array.isArray(part)) return part.map((item) => resolve(item, box));
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, resolve(value, box)]));
}

// Marks shrink where they would touch each other.
function markSizes(box, { x, marker }, [first, last]) {
  const shown = x.filter((day) => day >= first && day <= last).length;
  const size = Math.max(3, Math.min(7, (0.6 * box.clientWidth) / shown));
  return marker.symbol.map((symbol) => (symbol === "circle" ? size : Math.max(8, size + 2))); // signals stand out
}

// The letters of events stand below one another where they would touch, which takes more days on a narrow screen.
function apart(box, { annotations, margin }, [first, last]) {
  const width = box.clientWidth - margin.l - margin.r - 45; // the scale's own width, about
  const close = (20 * (Date.parse(last) - Date.parse(first))) / width;
  const rows = []; // the last letter of each
  return annotations.map((note) => {
    const at = Date.parse(note.x);
    if (!note.hovertext || at < Date.parse(first)) return note;
    const free = rows.findIndex((other) => at - other >= close);
    const row = free < 0 ? rows.length : free;
    rows[row] = at;
    return { ...note, yshift: -19 * row };
  });
}

function draw(box) {
  const { data, layout, config } = resolve(JSON.parse(document.getElementById(box.dataset.chart).textContent), box);
  if (layout.xaxis.range) fit(box, data.at(-1), layout); // other figures say how high they are, and have no marks
  layout.font.family = getComputedStyle(box).fontFamily;
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false; // a finger scrolls the page
  Plotly.react(box, data, layout, config);
  if (data[0].meta?.urls && !box.follows) box.on("plotly_click", follow);
  box.follows = true;
}

function fit(box, values, layout) {
  values.marker.size = markSizes(box, values, layout.xaxis.range);
  layout.annotations = apart(box, layout, layout.xaxis.range);
  layout.height = box.clientHeight;
  box.all = layout.xaxis.range.slice();
}

// A cell of a heat map leads where the same cell of its table does.
function follow({ points: [point] }) {
  const url = point.data.meta.urls[point.y]?.[point.x];
  if (url) location.assign(url);
}

function zoom(button) {
  for (const other of button.parentElement.querySelectorAll("button")) other.ariaPressed = String(other === button);
  for (const box of document.querySelectorAll("[data-chart]")) if (box.all) reach(box, button); // all charts of a page share their time
}

function reach(box, button) {
  const [, last] = box.all;
  const back = new Date(Date.parse(last) - Number(button.dataset.months) * 30.44 * DAY).toISOString().slice(0, 10);
  const range = button.dataset.months ? [back, last] : box.all;
  const sizes = { "marker.size": [markSizes(box, box.data.at(-1), range)] };
  const annotations = apart(box, box.layout, range);
  Plotly.update(box, sizes, { "xaxis.range": range, annotations }, [box.data.length - 1]);
}

function show(part) {
  for (const box of part.querySelectorAll("[data-chart]")) draw(box);
  for (const ranges of part.querySelectorAll("[data-ranges]")) {
    const box = document.querySelector(`[data-chart="${ranges.dataset.ranges}"]`);
    const dense = ranges.hidden && box.clientWidth < 2.5 * box.data.at(-1).x.length; // at first: what can be read
    ranges.hidden = false;
    zoom(ranges.querySelector(dense ? "button" : "[aria-pressed=true]"));
  }
}

show(document);
document.addEventListener("htmx:afterSettle", (event) => show(event.target));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(document));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-months]");
  if (button) zoom(button);
});
