// What the page does by itself: shortcuts, pasted files, spoken progress, timelines. It sends nothing and decides nothing.
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  let wasOpen = new Map();
  let shownVerdict = "";
  let said = "";
  let clicked = null;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const button = find("#mm-judge");
      if (button && !button.disabled) {
        event.preventDefault();
        // Gradio takes a text over when its field is left.
        if (document.activeElement instanceof HTMLElement) { document.activeElement.blur(); }
        setTimeout(() => button.click(), 60);
      }
    }
  });

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) { return; }
    if (target.closest(".mm-skip")) {
      event.preventDefault();
      const main = find("#mm-main");
      if (main) { main.tabIndex = -1; main.focus(); main.scrollIntoView(); }
    }
    const hit = target.closest("[data-act]");
    if (hit) { clicked = { ...hit.dataset }; }
    const seek = target.closest("[data-seek]");
    if (seek) { goTo(seek); }
  }, true);

  function goTo(button) {
    const player = document.getElementById("mm-player-" + Number(button.dataset.part));
    if (player instanceof HTMLMediaElement) { player.currentTime = Number(button.dataset.seek); }
    const moment = button.dataset.moment ? document.getElementById(button.dataset.moment) : null;
    if (moment) { moment.scrollIntoView({ block: "nearest" }); moment.focus({ preventScroll: true }); }
  }

  // Arrow keys walk along a timeline.
  document.addEventListener("keydown", (event) => {
    const block = event.target instanceof Element ? event.target.closest(".mm-block") : null;
    const to = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
    if (block && to && block[to]) { event.preventDefault(); block[to].focus(); }
  });

  document.addEventListener("paste", (event) => {
    const files = event.clipboardData ? event.clipboardData.files : null;
    const input = find("#mm-files input[type=file]");
    if (files && files.length && input) { event.preventDefault(); input.files = files; input.dispatchEvent(new Event("change", { bubbles: true })); }
  });

  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (details instanceof HTMLDetailsElement && details.id.startsWith("mm-")) { wasOpen.set(details.id, details.open); }
  }, true);

  // At once, not with the next frame: a part drawn again closes what was open, and the browser would tell us so before.
  function keepOpen() {
    const card = find(".mm-card[data-verdict]");
    const verdict = card ? card.dataset.verdict : "";
    if (verdict !== shownVerdict) {
      shownVerdict = verdict;
      wasOpen = new Map();
      if (card) { requestAnimationFrame(() => arrived(card)); }
    }
    for (const [id, open] of wasOpen) {
      const details = document.getElementById(id);
      if (details && details.open !== open) { details.open = open; }
    }
  }

  function afterChange() {
    speak();
    focusAgain();
  }

  function arrived(card) {
    const active = document.activeElement;
    if (!active || active === document.body || active.id === "mm-judge" || active.id === "mm-cancel" || active.closest("#mm-samples")) {
      const heading = find("#mm-verdict");
      if (heading) { heading.focus({ preventScroll: true }); }
    }
    bringIntoView(card);
  }

  function bringIntoView(section) {
    const top = section.getBoundingClientRect().top;
    if (top < 0 || top > window.innerHeight * 0.6) { section.scrollIntoView({ block: "start" }); }
  }

  // A part of the page that was drawn again has lost the focus: give it to the button that was pressed, or its twin.
  function focusAgain() {
    if (!clicked || (document.activeElement && document.activeElement !== document.body)) { return; }
    const twin = { reveal: "hide", hide: "reveal" }[clicked.act];
    for (const button of document.querySelectorAll("[data-act]")) {
      const same = ["rule", "say", "part", "sample", "rubric", "n", "side", "number", "line"].every((key) => (button.dataset[key] || "") === (clicked[key] || ""));
      if (same && (button.dataset.act === clicked.act || button.dataset.act === twin)) {
        button.focus({ preventScroll: true });
        clicked = null;
        return;
      }
    }
  }

  function speak() {
    let voice = find("#mm-voice");
    if (!voice) {
      voice = document.createElement("div");
      voice.id = "mm-voice";
      voice.className = "sr";
      voice.setAttribute("role", "status");
      voice.setAttribute("aria-live", "polite");
      document.body.append(voice);
    }
    const speaker = find("#mm-card [data-announce]") || find("#mm-progress [data-announce]");
    const text = speaker ? speaker.dataset.announce : "";
    if (text !== said) {
      if (speaker && !said) { bringIntoView(speaker); }
      said = text;
      voice.textContent = text;
    }
  }

  let waiting = false;
  const start = () => new MutationObserver(() => {
    keepOpen();
    if (waiting) { return; }
    waiting = true;
    requestAnimationFrame(() => { waiting = false; afterChange(); });
  }).observe(document.body, { childList: true, subtree: true });
  if (document.body) { start(); } else { document.addEventListener("DOMContentLoaded", start); }
})();
