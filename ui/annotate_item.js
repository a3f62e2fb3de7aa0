// An item on the page: words first, files under their cover, and what was marked in them.

import { get, post } from './annotate_wire.js';
import { boxesOn, byWords, clock, highlight, make, onPicture, onTime, selected } from './annotate_marks.js';

const SLOW = 0.5;

// Fetches how the files of the next tasks look, one after the other, before they are needed.
let chain = Promise.resolve();
export function fetchLooks(queue, ready) {
  queue.filter((task) => !task.looks).forEach((task) => {
    task.looks = [];
    task.files.forEach((_, place) => {
      chain = chain.then(async () => {
        const look = await get(`./annotate/look/${task.task}/${place}`);
        look.images = look.frames.map((src) => Object.assign(new Image(), { src, alt: 'Covered: blurred and grey' }));
        await Promise.all(look.images.slice(0, 1).map((image) => image.decode()));
        if (look.clear) { uncover(task, place, look.clear); }
        task.looks[place] = look;
      }).catch(() => { task.looks[place] = { kind: 'file', frames: [], images: [], times: [], peaks: [], end: 0, text: '', gap: 'It could not be fetched: skip the item, or load the page again.' }; })
        .then(() => ready(task));
    });
  });
}

function uncover(task, place, clear) {
  task.clear = task.clear ?? new Set();
  task.open = task.open ?? {};
  task.open[place] = clear;
  task.clear.add(place);
}

export async function reveal(task) {
  for (const place of task.files.keys()) {
    if (task.looks[place] && ['image', 'video', 'audio'].includes(task.looks[place].kind)) { uncover(task, place, await post('./annotate/api/reveal', { task: task.task, place })); }
  }
}

export function cover(task) { task.clear?.clear(); task.open = {}; }

export function paintItem(box, task, state, ways) {
  clearInterval(box.slides);
  const parts = [];
  if (state.project.assisted && task.verdict) { parts.push(make('p', { className: 'mm-message' }, make('strong', { textContent: `The judge says: ${task.verdict.said}. ` }), task.verdict.headline)); }
  if (task.turns.length) { parts.push(make('ol', { className: 'mm-turns' }, ...task.turns.map((turn) => make('li', { className: turn.role === 'assistant' ? 'assistant' : '' }, make('p', { className: 'mm-who', textContent: turn.role }), make('div', { textContent: turn.text, dir: 'auto' }))))); }
  if (task.text) { parts.push(words('text', task.text, state, ways)); }
  task.files.forEach((file, place) => parts.push(fileOf(file, place, task, state, ways, box)));
  box.replaceChildren(...parts);
  box.dataset.task = task.task;
  box.dataset.ready = String(task.files.every((_, place) => task.looks?.[place]));
}

function words(part, text, state, ways) {
  const box = make('div', { className: 'mm-text an-text', textContent: text, dir: 'auto', tabIndex: 0, data: { part }, aria: { role: 'region', label: 'The words' } });
  if (!state.project.regions) { return box; }
  box.dataset.mark = 'chars';
  const add = (chars) => ways.mark({ part, chars });
  box.marking = () => { const chars = selected(box); if (chars) { add(chars); } return Boolean(chars); };
  byWords(box, add, ways.say);
  return box;
}

function fileOf(file, place, task, state, ways, box) {
  const look = task.looks?.[place];
  const first = make('div', {}, ...file.words.map((one) => make('p', { dir: 'auto' }, make('span', { className: 'mm-span', textContent: one.said ? `${clock(one.at)} said: ` : 'written in it: ' }), one.said ?? one.seen)));
  const figure = make('figure', { className: 'mm-media an-file' });
  const caption = make('figcaption', {}, make('bdi', { textContent: file.name }));
  if (!look) { figure.append(make('p', { className: 'an-wait mm-quiet', textContent: 'The cover is being made …' }), caption); return make('div', {}, first, figure); }
  if (look.gap) { caption.append(make('span', { textContent: look.gap })); }
  if (look.text && look.kind === 'text') { return make('div', {}, words(String(place), look.text, state, ways), figure); }
  const open = task.clear.has(place) ? task.open[place] : null;
  const stage = look.kind === 'audio' ? sound(open) : picture(look, open, box);
  if (stage) { figure.append(stage); }
  if (state.project.regions && stage?.classList.contains('an-picture')) { stage.tabIndex = 0; stage.dataset.mark = 'box'; stage.dataset.part = place; onPicture(stage, (mark) => ways.mark({ part: String(place), box: mark }), ways.say); }
  if (['audio', 'video'].includes(look.kind)) { figure.append(time(look, place, stage, state, ways)); }
  if (['image', 'audio', 'video'].includes(look.kind)) { caption.append(make('button', { type: 'button', className: 'mm-mini', textContent: open ? 'Cover' : look.kind === 'audio' ? 'Let me hear it' : 'Reveal', on: { click: ways.reveal } })); }
  figure.append(caption);
  return make('div', {}, first.childElementCount ? first : '', figure);
}

function sound(open) {
  if (!open) { return make('p', { className: 'an-wait mm-quiet', textContent: 'Silent until you want to hear it.' }); }
  if (!open.file) { return make('p', { className: 'an-wait mm-quiet', textContent: 'This browser cannot play it.' }); }
  return slowed(make('audio', { src: open.file, controls: true }));
}

function slowed(player) {
  player.defaultPlaybackRate = SLOW;
  player.playbackRate = SLOW;
  player.preservesPitch = true;
  return player;
}

function picture(look, open, box) {
  if (open?.file) { return slowed(make('video', { src: open.file, controls: true, muted: true, playsInline: true, className: 'an-clear' })); }
  const images = open ? open.frames.map((src) => make('img', { src, alt: 'Revealed' })) : look.images;
  if (!images.length) { return make('p', { className: 'an-wait mm-quiet', textContent: 'There is nothing to see in this file.' }); }
  const stage = make('div', { className: `an-picture${open ? ' an-clear' : ''}`, aria: { label: open ? 'Picture' : 'Covered picture' } }, images[0]);
  const first = look.images[0] ?? images[0];
  stage.style.width = `min(100%, ${Math.round(62 * (first.naturalWidth / first.naturalHeight || 1))}vh)`;
  if (images.length > 1) {
    let shown = 0;
    box.slides = setInterval(() => { shown = (shown + 1) % images.length; stage.querySelector('img')?.replaceWith(images[shown]); }, 2000);
  }
  return stage;
}

function time(look, place, stage, state, ways) {
  const canvas = make('canvas', { className: 'an-time', width: 960, height: 64, tabIndex: 0, data: { part: place }, aria: { role: 'slider', label: 'Timeline in seconds', valuemin: '0', valuemax: String(look.end), valuenow: '0' } });
  const player = stage && 'currentTime' in stage ? stage : null;
  if (state.project.regions) { canvas.dataset.mark = 'span'; }
  const line = onTime(canvas, look, () => player, (span) => { if (state.project.regions) { ways.mark({ part: String(place), span }); } }, ways.say);
  canvas.redraw = line.draw;
  player?.addEventListener('timeupdate', () => line.follow(player.currentTime));
  requestAnimationFrame(line.draw);
  return canvas;
}

export function showMarks(box, marks) {
  const of = (part, kind) => marks.filter((mark) => mark.part === part && mark[kind]).map((mark) => mark[kind]);
  box.querySelectorAll('.an-text').forEach((text) => highlight(text, of(text.dataset.part, 'chars')));
  box.querySelectorAll('.an-picture').forEach((stage) => boxesOn(stage, of(stage.dataset.part, 'box')));
  box.querySelectorAll('.an-time').forEach((canvas) => { canvas.spans = of(canvas.dataset.part, 'span'); canvas.redraw(); });
}
