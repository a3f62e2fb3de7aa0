// The page "Rubrics": names for the editors, lines to jump to, and what is spoken. It sends nothing and decides nothing.
(() => {
  const SPOKEN = ["#mm-rb-head", "#mm-obj-progress", "#mm-try-progress", "#mm-try-result"];
  const said = new Map();
  const find = (selector) => document.querySelector(selector);

  // The editor keeps its lines to itself; its view is what knows where they are.
  function viewOf(content) {
    const tile = content.cmTile || content.cmView;
    return tile ? tile.view || (tile.rootView && tile.rootView.view) || null : null;
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-act=jump]") : null;
    const content = button ? find("#mm-code .cm-content") : null;
    const view = content ? viewOf(content) : null;
    if (!view) { return; }
    const wanted = Math.min(Math.max(1, Number(button.dataset.line)), view.state.doc.lines);
    const line = view.state.doc.line(wanted);
    view.dispatch({ selection: { anchor: line.from, head: line.to }, scrollIntoView: true });
    content.scrollIntoView({ block: "nearest" });
    view.focus();
  });

  function names() {
    for (const block of document.querySelectorAll(".block:has(.cm-content)")) {
      const label = block.querySelector("label, [data-testid=block-label]");
      const name = label ? label.textContent.trim() : "Text";
      for (const content of block.querySelectorAll(".cm-content")) {
        if (content.getAttribute("aria-label") !== name) { content.setAttribute("aria-label", name); }
      }
    }
  }

  function speak() {
    for (const place of SPOKEN) {
      const speaker = find(place + " [data-announce]");
      const text = speaker ? speaker.dataset.announce : "";
      if (text === (said.get(place) || "")) { continue; }
      said.set(place, text);
      const voice = find("#mm-voice");
      if (text && voice) { voice.textContent = text; }
      if (text && place === "#mm-rb-head" && window.innerWidth <= 900) {
        // Once now, once when what stands below it is there: before that the page may be too short.
        for (const after of [0, 500]) { setTimeout(() => speaker.scrollIntoView({ block: "start" }), after); }
      }
    }
  }

  // What opens somewhere else than where one is: go there.
  const OPENS = ["#mm-new-title", "#mm-clash-title", "#mm-box-title"];
  const open = new Set();
  function follow() {
    for (const place of OPENS) {
      const heading = find(place);
      const shown = Boolean(heading && heading.offsetParent);
      if (shown && !open.has(place)) {
        heading.focus({ preventScroll: true });
        heading.closest(".column, section").scrollIntoView({ block: "nearest" });
      }
      if (shown) { open.add(place); } else { open.delete(place); }
    }
  }

  let waiting = false;
  const start = () => new MutationObserver(() => {
    if (waiting) { return; }
    waiting = true;
    requestAnimationFrame(() => { waiting = false; names(); speak(); follow(); });
  }).observe(document.body, { childList: true, subtree: true });
  if (document.body) { start(); } else { document.addEventListener("DOMContentLoaded", start); }
})();
