// Where in an item it shows: characters, boxes, seconds. Each way works by pointer and by keyboard.
// A mark is what the server stores: {part, rule, chars | span | box}. Characters are counted as code points.

export function make(tag, options = {}, ...inside) {
  const { data = {}, aria = {}, on = {}, ...rest } = options;
  const made = Object.assign(document.createElement(tag), rest);
  Object.entries(data).forEach(([name, value]) => { made.dataset[name] = value; });
  Object.entries(aria).forEach(([name, value]) => made.setAttribute(name === 'role' ? 'role' : `aria-${name}`, value));
  Object.entries(on).forEach(([name, listener]) => made.addEventListener(name, listener));
  made.append(...inside.filter((part) => part !== null && part !== undefined));
  return made;
}

const points = (text, units) => Array.from(text.slice(0, units)).length;
const units = (text, count) => Array.from(text).slice(0, count).join('').length;
const within = (value, low, high) => Math.min(Math.max(value, low), high);

export function clock(seconds) {
  const whole = Math.floor(seconds / 60);
  return `${whole}:${(seconds - whole * 60).toFixed(1).padStart(4, '0')}`;
}

// The selection within a text, as code points; null where nothing of it is selected.
export function selected(box) {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) { return null; }
  const range = selection.getRangeAt(0);
  const node = box.firstChild;
  if (range.startContainer !== node || range.endContainer !== node) { return null; }
  return [points(node.data, range.startOffset), points(node.data, range.endOffset)];
}

// Arrow keys move from word to word, Shift keeps the beginning, Enter marks.
export function byWords(box, add, say) {
  const found = [...box.textContent.matchAll(/\S+/gu)].map((hit) => [hit.index, hit.index + hit[0].length]);
  let from = 0;
  let to = 0;
  const show = () => {
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    getSelection().setBaseAndExtent(box.firstChild, found[first][0], box.firstChild, found[last][1]);
    say(box.textContent.slice(found[first][0], found[last][1]));
  };
  box.addEventListener('keydown', (event) => {
    if (!found.length) { return; }
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10, Home: -found.length, End: found.length }[event.key];
    if (step) {
      to = within(to + step, 0, found.length - 1);
      from = event.shiftKey ? from : to;
      show();
    } else if (event.key === 'Enter' && selected(box)) {
      add(selected(box));
    } else { return; }
    event.preventDefault();
  });
}

export function highlight(box, spans) {
  if (!CSS.highlights || !box.firstChild) { return; }
  const ranges = spans.map(([start, end]) => {
    const range = new Range();
    range.setStart(box.firstChild, units(box.textContent, start));
    range.setEnd(box.firstChild, units(box.textContent, end));
    return range;
  });
  CSS.highlights.set('mm-mark', new Highlight(...ranges));
}

function placed(frame, box) {
  const [x, y, width, height] = box.map((side) => `${side * 100}%`);
  Object.assign(frame.style, { left: x, top: y, width, height });
}

// A picture on which boxes are drawn: drag, or Enter for one in the middle, arrows to move it, Shift and arrows to size
// it, Enter to keep it, Escape to drop it.
export function onPicture(holder, add, say) {
  const draft = make('i', { className: 'an-box draft', hidden: true });
  holder.append(draft);
  let box = null;
  let start = null;
  const show = () => { draft.hidden = !box; if (box) { placed(draft, box); } };
  const at = (event) => {
    const area = holder.getBoundingClientRect();
    return [within((event.clientX - area.left) / area.width, 0, 1), within((event.clientY - area.top) / area.height, 0, 1)];
  };
  const done = () => { if (box && box[2] > 0.005 && box[3] > 0.005) { add(box.map((side) => Math.round(side * 1e4) / 1e4)); } box = null; show(); };
  holder.addEventListener('pointerdown', (event) => { start = at(event); holder.setPointerCapture(event.pointerId); event.preventDefault(); holder.focus(); });
  holder.addEventListener('pointermove', (event) => {
    if (!start) { return; }
    const [x, y] = at(event);
    box = [Math.min(x, start[0]), Math.min(y, start[1]), Math.abs(x - start[0]), Math.abs(y - start[1])];
    show();
  });
  holder.addEventListener('pointerup', () => { start = null; done(); });
  holder.addEventListener('pointercancel', () => { start = null; box = null; show(); });
  holder.addEventListener('keydown', (event) => {
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (event.key === 'Enter') {
      if (box) { done(); } else { box = [0.35, 0.35, 0.3, 0.3]; show(); say('A box in the middle: arrows move it, Shift and arrows size it, Enter keeps it.'); }
    } else if (event.key === 'Escape' && box) { box = null; show(); event.stopPropagation(); } else if (step && box) {
      const place = event.shiftKey ? 2 : 0;
      for (const axis of [0, 1]) {
        const most = place ? 1 - box[axis] : 1 - box[axis + 2];
        box[place + axis] = within(box[place + axis] + step[axis] * 0.02, place ? 0.02 : 0, most);
      }
      show();
      say(`Box at ${box.map((side) => `${Math.round(side * 100)} %`).join(', ')}`);
    } else { return; }
    event.preventDefault();
  });
}

export function boxesOn(holder, boxes) {
  holder.querySelectorAll('.an-box:not(.draft)').forEach((old) => old.remove());
  boxes.forEach((box) => { const made = make('i', { className: 'an-box' }); placed(made, box); holder.append(made); });
}

// A timeline in the file's own seconds. Drag marks a stretch; arrows move the head, Enter sets the beginning, then the
// end. `player()` is the audio or video where it was revealed.
export function onTime(canvas, look, player, add, say) {
  let head = 0;
  let start = null;
  let drag = null;
  const end = () => player()?.duration || look.end || 1;
  const draw = () => timeline(canvas, look, end(), head, start === null ? null : [Math.min(start, head), Math.max(start, head)]);
  const move = (seconds) => {
    head = within(seconds, 0, end());
    if (player()) { player().currentTime = head; }
    canvas.setAttribute('aria-valuenow', head.toFixed(1));
    canvas.setAttribute('aria-valuetext', clock(head));
    draw();
  };
  const second = (event) => {
    const area = canvas.getBoundingClientRect();
    return within((event.clientX - area.left) / area.width, 0, 1) * end();
  };
  const finish = () => { if (Math.abs(head - start) > 0.05) { add([Math.min(start, head), Math.max(start, head)].map((value) => Math.round(value * 1e3) / 1e3)); } start = null; draw(); };
  canvas.addEventListener('pointerdown', (event) => { drag = true; move(second(event)); start = head; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener('pointermove', (event) => { if (drag) { move(second(event)); } });
  canvas.addEventListener('pointerup', () => { drag = null; finish(); });
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 0.1, ArrowLeft: -0.1, ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -end(), End: end() }[event.key];
    if (step) { move(head + step * (event.shiftKey ? 10 : 1)); } else if (event.key === 'Enter') {
      if (start === null) { start = head; say(`Begins at ${clock(head)}: move, then Enter for the end.`); } else { finish(); }
    } else if (event.key === 'Escape' && start !== null) { start = null; event.stopPropagation(); draw(); } else { return; }
    event.preventDefault();
  });
  draw();
  return { draw, follow: (seconds) => { head = seconds; draw(); } };
}

function timeline(canvas, look, end, head, chosen) {
  const paint = canvas.getContext('2d');
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name).trim() || '#888';
  const { width, height } = canvas;
  paint.clearRect(0, 0, width, height);
  paint.fillStyle = colour('--mm-mark');
  [...(canvas.spans ?? []), ...(chosen ? [chosen] : [])].forEach(([from, to]) => paint.fillRect(from / end * width, 0, Math.max((to - from) / end * width, 2), height));
  paint.fillStyle = colour('--mm-quiet');
  const step = width / Math.max(look.peaks.length, 1);
  const known = look.end / end;
  look.peaks.forEach((peak, place) => { const tall = Math.max(peak * height, 1); paint.fillRect(place * step * known, (height - tall) / 2, Math.max(step * known - 1, 1), tall); });
  look.times.forEach((time) => paint.fillRect(time / end * width, height - 6, 2, 6));
  paint.fillStyle = colour('--mm-accent');
  paint.fillRect(head / end * width - 1, 0, 2, height);
}
