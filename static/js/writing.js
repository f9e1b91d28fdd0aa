// The status form: counts what has a limit, and lets the first key replace the headline that was carried over.
for (const field of document.querySelectorAll("textarea[data-longest]")) {
  const longest = Number(field.dataset.longest);
  const count = document.createElement("small");
  count.className = "count";
  field.after(count);
  const tell = () => {
    const length = field.value.trim().length;
    count.textContent = length ? `${length} of ${longest}` : "";
    count.classList.toggle("over", length > longest);
  };
  field.addEventListener("input", tell);
  tell();
}
const headline = document.querySelector("textarea[name=headline]");
headline?.addEventListener("focus", () => headline.select(), { once: true });
// One writes at once, without a click; where something went wrong, that has the focus.
if (!document.querySelector("[data-focus]")) headline?.focus({ preventScroll: true });
