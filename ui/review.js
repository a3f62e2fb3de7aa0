// Keys, reveals and settling. All HTML it shows was made and escaped by the server; it decides nothing.
const find = (selector, root = document) => root.querySelector(selector);
const token = find("meta[name=mm-token]")?.content ?? "";
const place = find("#rv-place");
const links = [...document.querySelectorAll("#rv-queue a")];
const QUEUE = "mmjudge-review-queue";

async function post(what, body) {
  const here = new URL(location.href);
  const asked = Object.fromEntries(here.searchParams);
  const answer = await fetch(`${here.pathname}/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-mmjudge-token": token },
    body: JSON.stringify({ ...asked, ...body }),
  });
  return { ok: answer.ok, html: await answer.text() };
}

const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

document.addEventListener("click", (event) => {
  const skip = event.target instanceof Element && event.target.closest(".mm-skip");
  if (skip) { event.preventDefault(); find("#mm-main")?.focus(); }
});

function help() {
  const dialog = find("#rv-help");
  if (dialog) { dialog.open ? dialog.close() : dialog.showModal(); }
}

// --- the queue

if (!place && links.length) {
  sessionStorage.setItem(QUEUE, JSON.stringify(links.map((link) => new URL(link.href).pathname + new URL(link.href).search)));
}

function along(step) {
  if (place) {
    const queue = JSON.parse(sessionStorage.getItem(QUEUE) ?? "[]");
    const at = queue.indexOf(location.pathname + location.search);
    const next = queue[at < 0 ? 0 : at + step];
    location.href = next ?? find("#rv-back").href;
    return;
  }
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
}

// --- one item

let value = "";
// One name for this decision: sent twice, it is stored once.
const submission = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;

function choose(said) {
  if (!find("#rv-yes")) { return; }
  value = said;
  for (const name of ["yes", "no"]) { find(`#rv-${name}`).setAttribute("aria-pressed", String(name === said)); }
  find("#rv-reason").focus();
}

const written = () => ({ value, reason: find("#rv-reason")?.value ?? "", by: find("#rv-by")?.value ?? "" });

async function send(what, more = {}) {
  const message = find("#rv-message");
  try {
    const answer = await post(what, { ...written(), ...more });
    message.innerHTML = answer.html;
    return answer.ok;
  } catch {
    message.textContent = "The server can't be reached: nothing was stored. Try again.";
    return false;
  }
}

async function settle() {
  const button = find("#rv-settle");
  if (!button || button.disabled) { return; }
  button.disabled = true;
  const stored = await send("adjudicate", { submission });
  button.disabled = stored;
  if (stored) { find("#rv-by").blur(); find("#rv-reason").blur(); }
}

async function reopen() {
  if (find("#rv-reopen") && await send("reopen")) { location.reload(); }
}

async function guideline() {
  if (find("#rv-guideline")) { await send("guideline"); }
}

let shown = new Set();

async function drawItem(drop = []) {
  const answer = await post("item", { parts: [...shown], drop });
  if (answer.ok) { find("#rv-item").innerHTML = answer.html; } else { find("#rv-message").innerHTML = answer.html; }
}

async function reveal(button) {
  const part = Number(button.dataset.part);
  const clear = [...document.querySelectorAll("#rv-item [src*='/look/']")].map((e) => e.getAttribute("src").split("/").pop());
  if (button.dataset.act === "reveal") { shown.add(part); } else { shown.delete(part); }
  await drawItem(clear);
  find(`#rv-item [data-act][data-part="${part}"]`)?.focus();
}

if (place) {
  find("#rv-yes")?.addEventListener("click", () => choose("yes"));
  find("#rv-no")?.addEventListener("click", () => choose("no"));
  find("#rv-settle")?.addEventListener("click", settle);
  find("#rv-reopen")?.addEventListener("click", reopen);
  find("#rv-guideline")?.addEventListener("click", guideline);
  find("#rv-by").value ||= localStorage.getItem("mmjudge-reviewer") ?? "";
  find("#rv-by").addEventListener("change", (event) => localStorage.setItem("mmjudge-reviewer", event.target.value));
  find("#rv-item").addEventListener("click", (event) => {
    const button = event.target.closest("[data-act=reveal], [data-act=hide]");
    if (button) { reveal(button); }
    const seek = event.target.closest("[data-seek]");
    const player = seek && document.getElementById(`mm-player-${Number(seek.dataset.part)}`);
    if (player) { player.currentTime = Number(seek.dataset.seek); }
  });
  if (place.dataset.previews) { drawItem(); }
  for (let e = document.getElementById(`mm-rule-${place.dataset.rule}`); e; e = e.parentElement?.closest("details")) { e.open = true; }
}

const keys = {
  KeyJ: () => along(1),
  KeyK: () => along(-1),
  KeyY: () => choose("yes"),
  KeyN: () => choose("no"),
  KeyR: () => find("#rv-item [data-act=reveal], #rv-item [data-act=hide]")?.click(),
  KeyG: guideline,
  KeyE: () => find("#rv-edit")?.click(),
  KeyU: () => (find("#rv-reason")?.value ? reopen() : find("#rv-reopen") && find("#rv-reason").focus()),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.code === "Enter") { event.preventDefault(); settle(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey) { return; }
  const field = typing(event.target);
  if (field) {
    if (event.code === "Escape") { event.target.blur(); }
    if (event.code === "Enter" && !event.shiftKey && !event.isComposing && event.target.id === "rv-reason") {
      event.preventDefault();
      if (find("#rv-settle")) { settle(); } else { reopen(); }
    }
    return;
  }
  if (event.key === "?") { help(); return; }
  const act = keys[event.code];
  if (act && !find("#rv-help")?.open) { event.preventDefault(); act(); }
});
