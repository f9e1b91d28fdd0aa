// a[data-drawer]: shows the part of the page it leads to in a drawer beside this one. Escape, Back and a click beside it
// close the drawer; what cannot be shown there (signed out meanwhile, gone) is opened as the page it is.
const drawer = document.getElementById("drawer");
let leaving = false; // closed by hand: its entries in the history go, too, as many as were shown in it one after another

async function show(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return location.assign(address);
  const part = drawer.querySelector("[data-drawer-part]");
  part.innerHTML = await answer.text();
  htmx.process(part);
  drawer.querySelector("[data-drawer-page]").href = address;
  if (!drawer.open) drawer.showModal();
  drawer.scrollTop = 0;
}

async function open(link) {
  link.ariaBusy = "true";
  await show(link.href);
  link.ariaBusy = null;
  if (drawer.open) history.pushState({ drawer: link.href, depth: (history.state?.depth ?? 0) + 1 }, "");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-drawer]");
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey; // a new tab or window
  if (!link || elsewhere || event.defaultPrevented) return;
  event.preventDefault();
  if (!link.ariaBusy) open(link);
});

drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
drawer.addEventListener("close", () => history.state?.drawer && ((leaving = true), history.go(-history.state.depth)));
addEventListener(
  "popstate",
  (event) => {
    if (event.state?.drawer) return show(event.state.drawer);
    if (drawer.open || leaving) event.stopImmediatePropagation(); // the page behind is there: nothing for htmx to restore
    leaving = false;
    drawer.close();
  },
  true,
);

const [how] = performance.getEntriesByType("navigation");
if (how?.type === "back_forward" && history.state?.drawer) show(history.state.drawer); // back from where it led
