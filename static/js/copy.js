// [data-copy=id]: puts what stands in the field into the clipboard. Without a script the field can be selected.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.querySelector("span").textContent = "Copied";
  });
  field.addEventListener("focus", () => field.select());
}
