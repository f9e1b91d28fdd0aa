// One [data-menu] open at a time; Escape, a click elsewhere or moving on by keyboard closes it.
const menus = () => document.querySelectorAll("details[data-menu][open]");

function closeAllBut(kept) {
  for (const menu of menus()) if (menu !== kept) menu.open = false;
}

document.addEventListener("click", (event) => closeAllBut(event.target.closest("details[data-menu]")));
document.addEventListener("focusin", (event) => closeAllBut(event.target.closest("details[data-menu]")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
