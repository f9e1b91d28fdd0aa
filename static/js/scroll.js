// [data-newest-last]: a wide table begins at its newest column.
function showNewest(part) {
  for (const box of part.querySelectorAll("[data-newest-last]")) box.scrollLeft = box.scrollWidth;
}

showNewest(document);
document.addEventListener("htmx:afterSettle", (event) => showNewest(event.target));
