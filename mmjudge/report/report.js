(() => {
  const slider = document.getElementById("threshold");
  if (!slider) { return; }
  const rows = JSON.parse(document.getElementById("scored").textContent);
  const show = (id, text) => { document.getElementById(id).textContent = text; };
  const share = (above, below) => (below > 0 ? (above / below).toFixed(3) : "–");
  const update = () => {
    const threshold = Number(slider.value) / 1000;
    let tp = 0, fp = 0, fn = 0, tn = 0;
    for (const [score, violations, others] of rows) {
      if (score >= threshold - 1e-9) { tp += violations; fp += others; } else { fn += violations; tn += others; }
    }
    show("at", threshold.toFixed(3));
    show("at-precision", share(tp, tp + fp));
    show("at-recall", share(tp, tp + fn));
    show("at-f1", share(2 * tp, 2 * tp + fp + fn));
    show("at-specificity", share(tn, tn + fp));
    show("at-flagged", `${tp + fp} of ${tp + fp + fn + tn}`);
    show("at-table", `${tp} found, ${fn} missed, ${fp} false alarms, ${tn} left alone`);
    slider.setAttribute("aria-valuetext", `threshold ${threshold.toFixed(3)}`);
  };
  slider.addEventListener("input", update);
  update();
})();
