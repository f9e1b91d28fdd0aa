// Draws each [data-chart] from the figure in the <script type="application/json"> whose id it names.
// A figure names colours as the stylesheet does, “var(--ink)”; they are looked up here, for the theme of the moment.
const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const dark = matchMedia("(prefers-color-scheme: dark)");

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

function draw(box) {
  const { data, layout, config } = resolve(JSON.parse(document.getElementById(box.dataset.chart).textContent), box);
  layout.font.family = getComputedStyle(box).fontFamily;
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false; // a finger scrolls the page
  layout.height = Math.max(box.clientHeight, 240);
  Plotly.react(box, data, layout, config);
}

function zoom(button) {
  const group = button.closest("[data-ranges]");
  const box = document.querySelector(`[data-chart="${group.dataset.ranges}"]`);
  for (const other of group.querySelectorAll("button")) other.ariaPressed = String(other === button);
  if (!button.dataset.months) return Plotly.relayout(box, { "xaxis.autorange": true });
  const last = new Date(box.data.at(-1).x.at(-1));
  const first = new Date(last);
  first.setUTCMonth(first.getUTCMonth() - Number(button.dataset.months));
  return Plotly.relayout(box, { "xaxis.range": [first.toISOString(), last.toISOString()] });
}

function show(part) {
  for (const box of part.querySelectorAll("[data-chart]")) draw(box);
  for (const ranges of part.querySelectorAll("[data-ranges]")) ranges.hidden = false;
}

show(document);
document.addEventListener("htmx:afterSettle", (event) => show(event.target));
dark.addEventListener("change", () => show(document));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-months]");
  if (button) zoom(button);
});
