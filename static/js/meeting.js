// [data-meeting]: the page of a meeting keeps in step with everybody's, by asking [data-state] every other second. What
// changed is fetched and its [data-part]s are exchanged; clocks ([data-until]) go by the server's time. Other scripts
// hear of it by events: meeting:told what was answered, meeting:back once there is a connection again, meeting:arrived
// when another item is shown, meeting:flush before that (they push promises); and they send meeting:changed.
const EVERY = 2000, SLOWLY = 10000, RETRY = 3000;
const root = () => document.querySelector("[data-meeting]");
const say = (name, detail) => document.dispatchEvent(new CustomEvent(`meeting:${name}`, { detail }));
const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
let offset = Number(root().dataset.now) - performance.now(); // what is to be added for the server's time
let tag = "", timer = 0, asking = false, again = false, lost = 0, closed = false;

function tick() {
  for (const clock of document.querySelectorAll("[data-until]")) {
    const left = Math.round((Number(clock.dataset.until) - performance.now() - offset) / 1000);
    const size = Math.abs(left);
    clock.textContent = `${Math.floor(size / 60)}:${String(size % 60).padStart(2, "0")} ${left < 0 ? "over" : "left"}`;
    clock.classList.toggle("over", left < 0);
  }
}

function connected(is, words) {
  const now = performance.now() + offset, was = lost;
  lost = is ? 0 : lost || now;
  const banner = root().querySelector("[data-unconnected]");
  banner.hidden = is;
  const zone = { hour: "2-digit", minute: "2-digit", timeZone: root().dataset.zone };
  if (!is) banner.querySelector("span").textContent = `${words ?? `Not connected since ${new Date(lost).toLocaleTimeString("en-GB", zone)}.`} What you write is kept in this browser, and sent when the connection is back.`;
  if (is && was) say("back");
}

function people(names) {
  const list = root().querySelector("[data-here]");
  if (names.join("\n") === [...list.children].map((item) => item.textContent).join("\n")) return;
  list.replaceChildren(...names.map((name) => Object.assign(document.createElement("li"), { textContent: name })));
}

function exchange(part, fresh) {
  const focused = part.contains(document.activeElement) && document.activeElement.id;
  part.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus();
}

// The same item, or another one that nobody is writing on here: else its parts stay, and the page says where the others are.
function show(fresh) {
  const here = root();
  const stays = ["item", "writable"].every((name) => here.dataset[name] === fresh.dataset[name]);
  const held = !stays && here.querySelector("[data-dirty]");
  for (const name of ["edition", "current"]) here.dataset[name] = fresh.dataset[name];
  if (!stays && !held) {
    here.replaceWith(fresh);
    document.getElementById("spoken-of").textContent = fresh.querySelector(".now h2")?.textContent ?? "";
    say("arrived");
  } else {
    for (const part of here.querySelectorAll(held ? "[data-part]:not([data-of-item])" : "[data-part]")) {
      const other = fresh.querySelector(`[data-part=${part.dataset.part}]`);
      if (other) exchange(part, other);
    }
  }
  root().querySelector("[data-elsewhere]").hidden = !held;
  tick();
}

async function flushed() {
  const waiting = [];
  say("flush", waiting);
  await Promise.all(waiting);
}

async function renew() {
  const here = root(), query = "chosen" in here.dataset ? `?item=${here.dataset.item}` : "";
  const answer = await fetch(here.dataset.url + query, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(answer.status);
  const fresh = parsed(await answer.text()).querySelector("[data-meeting]");
  if (!fresh) throw new Error("signed out");
  if (fresh.dataset.item !== here.dataset.item) await flushed();
  show(fresh);
}

async function ask() {
  clearTimeout(timer);
  if (asking) return void (again = true);
  [asking, again] = [true, false];
  try {
    const here = root(), began = performance.now();
    const query = new URLSearchParams({ item: here.dataset.item, writing: here.dataset.writing ?? "" });
    const headers = { Accept: "application/json", ...(tag && { "If-None-Match": tag }) };
    const answer = await fetch(`${here.dataset.state}?${query}`, { headers, cache: "no-store", signal: AbortSignal.timeout(10000) });
    const now = Number(answer.headers.get("X-Now"));
    if (!now) throw new Error(answer.redirected ? "signed out" : answer.status);
    offset = now - (began + performance.now()) / 2;
    if (answer.status === 200) {
      const told = await answer.json();
      const moved = !("chosen" in here.dataset) && told.current && String(told.current) !== here.dataset.item;
      if (String(told.edition) !== here.dataset.edition || (moved && !here.querySelector("[data-dirty]"))) await renew();
      tag = answer.headers.get("ETag");
      people(told.here);
      closed = told.closed;
      say("told", told);
    }
    connected(true);
  } catch (error) {
    connected(false, error.message === "signed out" ? "You are signed out: sign in again in another tab." : undefined);
  }
  asking = false;
  timer = setTimeout(ask, again ? 0 : lost ? RETRY : document.hidden || closed ? SLOWLY : EVERY);
}

function complain(words) {
  const list = document.createElement("ul"), item = document.createElement("li");
  Object.assign(item, { className: "warning", textContent: words });
  list.className = "messages";
  list.append(item);
  document.getElementById("messages").replaceChildren(list);
}

async function step(form, button) {
  await flushed();
  const body = new URLSearchParams(new FormData(form, button));
  try {
    const answer = await fetch(button.formAction, { method: "POST", body });
    const page = parsed(await answer.text()), fresh = page.querySelector("[data-meeting]");
    if (!fresh) return location.assign(answer.url);
    exchange(document.getElementById("messages"), page.getElementById("messages"));
    show(fresh);
  } catch {
    complain("Not connected: that was not done.");
  }
  ask();
}

function key(event) {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
  const found = /^[a-z]$/.test(event.key) && root().querySelector(`[data-key=${event.key}]`);
  if (!found) return;
  event.preventDefault();
  if (found.tagName === "TEXTAREA") return found.focus();
  if (found.tagName !== "DETAILS") return found.click();
  found.open = true;
  found.querySelector("select, input:not([type=hidden])")?.focus();
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "steps") return;
  event.preventDefault();
  step(event.target, event.submitter);
});
document.addEventListener("keydown", key);
document.addEventListener("meeting:changed", ask);
document.addEventListener("visibilitychange", ask);
addEventListener("online", ask);
addEventListener("offline", ask);
setInterval(tick, 500);
tick();
ask();
