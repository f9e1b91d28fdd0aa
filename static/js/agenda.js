// An agenda is arranged: an item is dragged by its grip to where it shall stand, or moved by Alt and the arrow keys where
// something in it has the focus. What is dropped is sent as the order of all items.
const list = document.querySelector("[data-agenda]");
const form = document.querySelector("[data-order]");
let lifted = null;

const itemAt = (target) => target.closest?.("[data-agenda] > [data-item]");

function clear() {
  for (const item of list.children) item.classList.remove("target", "lifted");
}

function send() {
  form.elements.order.value = [...list.querySelectorAll(":scope > [data-item]")].map((item) => item.dataset.item).join(",");
  form.requestSubmit();
}

if (list && form) {
  list.addEventListener("dragstart", (event) => {
    lifted = itemAt(event.target);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", lifted.dataset.item);
    event.dataTransfer.setDragImage(lifted, 0, 0);
    lifted.classList.add("lifted");
  });
  list.addEventListener("dragover", (event) => {
    const over = itemAt(event.target);
    if (!lifted || !over) return;
    event.preventDefault();
    for (const item of list.children) item.classList.toggle("target", item === over && over !== lifted);
  });
  list.addEventListener("dragend", () => {
    clear();
    lifted = null;
  });
  list.addEventListener("drop", (event) => {
    const over = itemAt(event.target);
    if (!lifted || !over || over === lifted) return;
    event.preventDefault();
    const isBelow = lifted.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
    over.insertAdjacentElement(isBelow ? "afterend" : "beforebegin", lifted);
    clear();
    send();
  });
  list.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const button = itemAt(event.target)?.querySelector(`[name=${event.key === "ArrowUp" ? "up" : "down"}]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}
