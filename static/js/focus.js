// What went wrong gets the focus: on a new page, and in a part that htmx brought.
function focusIn(part) {
  part.querySelector("[data-focus]")?.focus();
}

focusIn(document);
document.addEventListener("htmx:afterSettle", (event) => focusIn(event.target));
