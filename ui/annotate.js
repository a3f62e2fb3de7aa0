// The Annotate page: one key, one answer, the next item. What is shown next is in memory already; an answer goes to the
// server in the background. Content is only ever put on the page as text, never as HTML.

import { get, keep, kept, newId, Outbox, post } from './annotate_wire.js';
import { make } from './annotate_marks.js';
import { cover, fetchLooks, paintItem, reveal } from './annotate_item.js';
import { askPart, lastPart, marksPart, steps } from './annotate_ask.js';
import { help, note, skip, you } from './annotate_dialogs.js';
import { Exposure, pause } from './annotate_rest.js';

const AHEAD = 8;
const on = (id) => document.getElementById(id);
const state = { queue: [], last: null, busy: false, asking: false };

const say = (text) => { on('an-live').textContent = text; };
const wrong = (text) => { on('an-error').hidden = !text; on('an-error').textContent = text; };
const place = (name) => `mm-annotate:${state.rater}:${name}`;
const current = () => state.queue[0];
const exposure = new Exposure(() => (on('an-work').hidden ? null : current()));

// --- tasks ---

async function fill() {
  if (state.filling || state.resting || state.queue.length > AHEAD / 2) { return; }
  state.filling = true;
  try {
    const held = [...state.queue.map((task) => task.task), ...state.outbox.all().map((body) => body.task)];
    const { tasks, break: due } = await post('./annotate/api/lease', { project: state.project.id, held, count: AHEAD - state.queue.length });
    if (due) { rest(due); return; }
    const known = new Set([...state.queue.map((task) => task.task), ...state.outbox.all().map((body) => body.task)]);
    const empty = !current();
    state.queue.push(...tasks.filter((task) => !known.has(task.task)));
    fetchLooks(state.queue, (task) => { if (task === current()) { paint(); } });
    if (empty) { begin(); }
  } catch (error) {
    if (!current()) { wrong(error.status ? error.message : 'No connection: the next items come as soon as it is back.'); }
    setTimeout(fill, 2000);
  } finally { state.filling = false; }
}

setInterval(async () => {
  if (state.busy) { return; }
  // What is answered, its questions still being asked, is held no longer and nobody takes it.
  const tasks = [...state.queue.filter((task) => !task.answered).map((task) => task.task), ...(state.outbox?.all() ?? []).map((body) => body.task)].slice(0, 2 * AHEAD);
  if (!tasks.length) { return; }
  try {
    const { held } = await post('./annotate/api/renew', { tasks });
    const lost = state.queue.filter((task) => tasks.includes(task.task) && !held.includes(task.task) && !task.answered);
    const mine = lost.includes(current());
    state.queue = state.queue.filter((task) => !lost.includes(task));
    if (mine) { wrong('This item was given to somebody else meanwhile: here is the next one.'); begin(); } else { fill(); }
  } catch { /* the connection is away: the answers wait, and so do we */ }
}, 60000);

function begin() {
  const task = current();
  exposure.begin();
  Object.assign(state, { step: 0, severity: false, questions: null });
  if (task) {
    const draft = kept(place('draft'), null);
    const mine = draft?.task === task.task ? draft : {};
    Object.assign(task, { answers: mine.answers ?? [], marks: mine.marks ?? [], note: mine.note ?? '', flag: mine.flag ?? '', answered: false });
    state.severity = mine.severity ?? false;
    state.step = task.answers.length - (state.severity ? 1 : 0);
    task.clear = task.clear ?? new Set();
  }
  paint();
  fill();
}

const saveDraft = () => { const { task, answers, marks, note: said, flag } = current(); keep(place('draft'), { task, answers, marks, note: said, flag, severity: state.severity }); };

// --- painting ---

function paint() {
  const task = current();
  on('an-work').hidden = !task || state.resting;
  on('an-rest').hidden = Boolean(task) && !state.resting;
  if (!task) {
    if (!state.resting) { on('an-rest').replaceChildren(make('h1', { textContent: state.project ? 'Nothing left to label' : 'No project yet' }), make('p', { textContent: state.project ? 'Every item of this project is answered, or in somebody’s hands. Thank you.' : 'An admin makes one under “People and projects”.' })); }
    return;
  }
  paintItem(on('an-item'), task, state, { mark: addMark, say, reveal: toggle });
  paintAsk();
}

const asked = () => steps(state);
const paintAsk = () => askPart(state, ways);
const paintMarks = () => marksPart(state, ways);
const paintLast = () => lastPart(state, ways);
const ways = { change, removed: () => { saveDraft(); paintMarks(); } };

// --- answering ---

function addMark(mark) {
  current().marks.push({ ...mark, rule: on('an-rule')?.value ?? '' });
  saveDraft();
  paintMarks();
  say(`Marked, ${current().marks.length} in all.`);
}

function answer(value) {
  const task = current();
  if (state.questions) {
    task.told.push({ rule: state.questions[state.step].rule, question: state.questions[state.step].question, value });
    state.step += 1;
    if (state.step === asked()) { const body = { task: task.task, submission: newId(), answers: task.told }; state.questions = null; state.outbox.add(body); next(); } else { paintAsk(); }
    return;
  }
  task.answers.push({ rule: state.project.about === 'rules' ? state.project.rules[state.step].id : '', value });
  if (value === 'yes' && state.project.severity) { state.severity = true; saveDraft(); paintAsk(); return; }
  onward();
}

function onward() {
  state.severity = false;
  state.step += 1;
  if (state.step < asked()) { saveDraft(); paintAsk(); say(on('an-ask').textContent); return; }
  finish({});
}

async function finish({ reason = '', said = '' }) {
  exposure.tick();
  const task = current();
  const { about } = state.project;
  // A mark goes with the answer about its rule; one of no certain rule with the first violation.
  const loose = task.answers.find((one) => one.value === 'yes') ?? task.answers[0];
  const regions = (one) => task.marks.filter((mark) => about === 'item' || mark.rule === one.rule || (!mark.rule && one === loose));
  const answers = task.answers.map((one) => ({ ...one, regions: regions(one) }));
  const body = { task: task.task, submission: newId(), note: said || task.note, flag: task.flag, seconds: exposure.seconds, exposure: exposure.told() };
  if (reason) { body.skip = reason; } else { body.answers = answers; }
  task.answered = true;
  const sent = state.outbox.add(body);
  keep(place('draft'), null);
  cover(task);
  state.last = { task, body };
  keep(place('last'), { task: { ...task, looks: undefined, clear: undefined }, body, project: state.project.id });
  sent.then(stored);
  if (!state.project.preconditions || reason) { next(); return; }
  state.busy = true;
  const told = await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, 4000, {}))]);
  state.busy = false;
  if (told.questions?.length && !told.refused) { Object.assign(state, { questions: told.questions, step: 0 }); task.told = []; paint(); say(told.questions[0].ask); } else { next(); }
}

function stored(told) {
  if (told.refused || told.late) { wrong(told.refused || told.late); }
  if (told.break) { rest(told.break); }
}

function next() {
  state.queue.shift();
  wrong('');
  begin();
  state.count = (state.count ?? 0) + 1;
  on('an-count').textContent = `${state.count} answered since you came`;
  say(current() ? 'Stored. Next item.' : 'Stored. Nothing left.');
}

async function undo() {
  if (state.questions || state.busy) { return; }
  if (state.severity || current()?.answers.length) {
    current().answers.pop();
    state.step = state.severity ? state.step : state.step - 1;
    state.severity = false;
    saveDraft();
    paintAsk();
    return;
  }
  const { last } = state;
  if (!last) { say('There is nothing to undo.'); return; }
  state.busy = true;
  try {
    if (!state.outbox.remove(last.body.submission)) {
      await state.outbox.flush();
      if (!state.outbox.remove(last.body.submission)) { await post('./annotate/api/undo', { task: last.task.task, submission: last.body.submission }); }
    }
    Object.assign(state, { last: null });
    keep(place('last'), null);
    keep(place('draft'), { task: last.task.task, answers: [], marks: last.task.marks, note: last.body.note, flag: last.body.flag });
    state.queue.unshift(last.task);
    fetchLooks(state.queue, (task) => { if (task === current()) { paint(); } });
    begin();
    say('Undone: answer again.');
  } catch (error) { wrong(error.status ? error.message : 'No connection: an answer that was sent can only be undone when it is back.'); } finally { state.busy = false; }
}

async function verdict() {
  const { last } = state;
  if (!last || last.verdict !== undefined) { return; }
  try {
    await state.outbox.flush();
    last.verdict = (await post('./annotate/api/verdict', { task: last.task.task })).verdict;
    paintLast();
    say(on('an-last').textContent);
  } catch (error) { wrong(error.status ? error.message : 'No connection: try again when it is back.'); }
}

async function change(value) {
  try {
    await post('./annotate/api/change', { task: state.last.task.task, submission: newId(), answers: [{ rule: '', value }] });
    say('Stored apart: your first answer stays as it was.');
    on('an-last').append(make('p', { className: 'mm-receipt', textContent: 'Stored apart: your first answer stays as it was.' }));
  } catch (error) { wrong(error.message); }
}

async function toggle() {
  exposure.tick();
  const task = current();
  if (task.clear.size) { cover(task); } else {
    try { await reveal(task); exposure.reveals += 1; } catch (error) { wrong(error.status ? error.message : 'No connection: nothing can be revealed now.'); return; }
  }
  if (task === current()) { paint(); say(task.clear.size ? 'Revealed.' : 'Covered.'); }
}

function rest(seconds) {
  if (current()) { cover(current()); }
  state.resting = true;
  on('an-work').hidden = true;
  on('an-rest').hidden = false;
  pause(on('an-rest'), seconds, () => { state.resting = false; if (state.questions) { paint(); } else { begin(); } });
}

// --- keys ---

const doing = {
  undo, verdict, reveal: toggle,
  none_left: () => {
    if (state.severity || state.questions || state.project.about !== 'rules') { return; }
    current().answers.push(...state.project.rules.slice(state.step).map((rule) => ({ rule: rule.id, value: 'no' })));
    finish({});
  },
  skip: () => skip(state, (reason, said) => finish({ reason, said })),
  note: () => note(current(), () => { saveDraft(); paintAsk(); }),
  flag: () => { current().flag = current().flag ? '' : 'look again'; saveDraft(); paintAsk(); say(current().flag ? 'Flagged.' : 'No flag.'); },
  // What is selected, else the next thing that can be marked.
  mark: () => {
    const places = [...on('an-item').querySelectorAll('[data-mark]')];
    if (!places.some((place) => place.marking?.())) { places[(places.indexOf(document.activeElement) + 1) % places.length]?.focus(); }
  },
  help: () => help(state, paint),
  you: () => you(state),
  leave: () => fetch('./signout', { method: 'POST' }).then(() => location.assign('./signin')),
};

function act(name) {
  if (name === 'help' || name === 'you' || name === 'leave') { doing[name](); return; }
  if (!current() || state.busy || state.resting) { return; }
  if (doing[name]) { doing[name](); return; }
  if (state.severity && name.startsWith('severity_')) { current().answers.at(-1).severity = Number(name.at(-1)); onward(); } else if (!state.severity && ['yes', 'no', 'cant_tell', 'controversial'].includes(name) && (name !== 'controversial' || (state.project.tri && !state.questions))) { answer(name); }
}

document.addEventListener('click', (event) => { const hit = event.target.closest('[data-do]'); if (hit) { act(hit.dataset.do); } });
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || on('an-dialog').open || event.target.closest('input, textarea, select')) { return; }
  if (event.key === '?') { event.preventDefault(); act('help'); return; }
  if (event.shiftKey || !state.keys) { return; }
  const when = state.severity ? ['always', 'severity'] : ['always', 'answer'];
  const hit = Object.entries(state.keys).find(([, key]) => key.code === event.code && when.includes(key.when));
  if (hit) { event.preventDefault(); act(hit[0]); }
});
window.addEventListener('pagehide', () => {
  exposure.tick();
  if (current() && exposure.seconds > 0.5) { post('./annotate/api/exposure', { task: current().task, exposure: exposure.told() }).catch(() => {}); }
  exposure.begin();
});
on('an-project').addEventListener('change', () => open(on('an-project').value));

function open(id) {
  if (state.queue.length) { post('./annotate/api/release', { tasks: state.queue.map((task) => task.task) }).catch(() => {}); }
  Object.assign(state, { project: state.projects.find((one) => one.id === id) ?? state.projects[0], queue: [], questions: null, last: null });
  if (!state.project) { paint(); return; }
  keep(place('project'), state.project.id);
  const last = kept(place('last'), null);
  if (last?.project === state.project.id) { state.last = last; }
  fill();
}

async function start() {
  const told = await get('./annotate/api/state');
  Object.assign(state, told);
  on('an-people').hidden = !state.admin;
  on('an-project').replaceChildren(...state.projects.map((one) => make('option', { value: one.id, textContent: one.title + (one.assisted ? ' (assisted)' : '') })));
  state.outbox = new Outbox(state.rater, (count, error) => { on('an-sent').textContent = count ? `${count} ${count === 1 ? 'answer waits' : 'answers wait'} to be sent` : 'Everything is stored'; if (error) { wrong(error); } });
  await Promise.race([state.outbox.flush(), new Promise((resolve) => setTimeout(resolve, 2000))]);
  const id = new URLSearchParams(location.search).get('project') ?? kept(place('project'), '');
  open(id);
  if (state.project) { on('an-project').value = state.project.id; }
}

start().catch((error) => wrong(error.status ? error.message : 'The server does not answer: load the page again.'));
