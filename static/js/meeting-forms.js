// form[data-send]: a decision or a commitment is sent without leaving the page. While there is no connection it is kept in
// this browser, and sent when it is back; its key makes that it counts once. [data-outbox] says what waits.
const { dataset } = document.querySelector("[data-meeting]");
const outbox = `outbox:${dataset.user}:${dataset.url}`;
const waiting = () => JSON.parse(localStorage.getItem(outbox) ?? "[]");
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
let sending = null;

function keep(all) {
  localStorage.setItem(outbox, JSON.stringify(all));
  tell();
}

function tell() {
  const all = waiting().filter((each) => each.shown), box = document.querySelector("[data-outbox]");
  box.hidden = !all.length;
  box.querySelector("ul").replaceChildren(...all.map(line));
}

function line({ words, key, errors }) {
  const item = document.createElement("li"), button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: "Discard" });
  button.dataset.discard = key;
  item.append(errors ? `${words} – not taken: ${errors.join(" ")} ` : words, ...(errors ? [button] : []));
  return item;
}

// True: taken; lines of what is wrong; or null where there is no connection.
async function post({ action, body }) {
  try {
    const headers = { Accept: "application/json", "X-CSRFToken": token() };
    const answer = await fetch(action, { method: "POST", headers, body: new URLSearchParams(body) });
    if (answer.redirected || answer.status >= 500) return null;
    const found = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    return found.ok || found.errors || ["It is not possible any more."];
  } catch {
    return null;
  }
}

const without = (key) => keep(waiting().filter((each) => each.key !== key));

function cleared(form) {
  form.reset();
  form.elements.key.value = fresh();
  delete form.dataset.dirty;
  form.querySelector("[data-errors]").hidden = true;
  const more = form.closest("details");
  more.open = false;
  more.querySelector("summary").focus();
}

function refused(form, errors) {
  const box = form.querySelector("[data-errors]");
  box.querySelector("ul").replaceChildren(...errors.map((each) => Object.assign(document.createElement("li"), { textContent: each })));
  box.hidden = false;
  box.focus();
}

async function send(form) {
  const body = new URLSearchParams(new FormData(form));
  const key = body.get("key"), words = body.get("words") || body.get("what");
  if (waiting().some((each) => each.key === key)) return;
  keep([...waiting(), { action: form.action, body: String(body), key, words }]);
  const found = await post({ action: form.action, body: String(body) });
  if (found === null) {
    keep(waiting().map((each) => (each.key === key ? { ...each, shown: true } : each)));
    return cleared(form);
  }
  without(key);
  if (found !== true) return refused(form, found);
  cleared(form);
  document.dispatchEvent(new CustomEvent("meeting:changed"));
}

async function sendWaiting() {
  for (const each of waiting().filter((one) => !one.errors)) {
    const found = await post(each);
    if (found === null) return;
    if (found === true) without(each.key);
    else keep(waiting().map((one) => (one.key === each.key ? { ...one, shown: true, errors: found } : one)));
    document.dispatchEvent(new CustomEvent("meeting:changed"));
  }
}

function sendAll() {
  sending ??= sendWaiting().finally(() => (sending = null));
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-send]");
  if (form) form.dataset.dirty = "";
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-send]")) return;
  event.preventDefault();
  send(event.target);
});
document.addEventListener("click", ({ target }) => target.dataset?.discard && without(target.dataset.discard));
document.addEventListener("meeting:back", sendAll);
document.addEventListener("meeting:arrived", tell);
tell();
sendAll();
