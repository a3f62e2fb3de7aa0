// The dialogs of the Annotate page: keys, why an item is skipped, a note, and what a rater says about themselves.

import { post } from './annotate_wire.js';
import { make } from './annotate_marks.js';

const REASONS = { disturbing: 'It is too much for me', not_loading: 'It does not load', language: 'I do not know the language', conflict: 'I know somebody in it', unclear: 'The rules do not fit it', other: 'Another reason' };
const dialog = () => document.getElementById('an-dialog');

function shown(title, ...inside) {
  const box = dialog();
  box.replaceChildren(make('h2', { id: 'an-dialog-title', textContent: title }), ...inside, make('p', {}, make('button', { type: 'button', className: 'mm-button', textContent: 'Close', data: { close: '' }, on: { click: () => box.close() } })));
  box.onkeydown = null;
  if (!box.open) { box.showModal(); }
  return box;
}

export function skip(state, done) {
  const said = make('input', { maxLength: 500, aria: { label: 'More about it, if you like' } });
  const choose = (reason) => { dialog().close(); done(reason, said.value); };
  const reasons = Object.entries(REASONS);
  const box = shown('Why do you skip it?', make('div', { className: 'an-keys' }, ...reasons.map(([reason, words], n) => make('button', { type: 'button', className: 'an-key', data: { reason }, on: { click: () => choose(reason) } }, make('kbd', { textContent: n + 1 }), ` ${words}`))), make('label', {}, 'More about it, if you like ', said));
  box.onkeydown = (event) => {
    const hit = event.target === said ? null : /^(Digit|Numpad)([1-6])$/.exec(event.code);
    if (hit) { event.preventDefault(); choose(reasons[hit[2] - 1][0]); }
  };
  box.querySelector('button').focus();
}

export function note(task, changed) {
  const text = make('textarea', { value: task.note, rows: 4, maxLength: 2000, aria: { label: 'Note' } });
  const flag = make('input', { value: task.flag, maxLength: 200 });
  const box = shown('Note', text, make('label', {}, 'Flag it: why should somebody else look? ', flag));
  box.onclose = () => { task.note = text.value.trim(); task.flag = flag.value.trim(); box.onclose = null; changed(); };
  text.focus();
}

// A key is changed by its button and the next key pressed; the server says what is refused.
export function help(state, changed) {
  const keys = Object.fromEntries(Object.entries(state.keys).map(([name, key]) => [name, key.code]));
  const error = make('p', { className: 'mm-message error', hidden: true, aria: { role: 'alert' } });
  let waiting = null;
  const rows = Object.entries(state.keys).map(([name, key]) => {
    const chosen = make('button', { type: 'button', className: 'mm-mini', textContent: keys[name], data: { key: name }, aria: { label: `${key.does}: ${keys[name]}. Press to choose another key` }, on: { click: () => { waiting = name; chosen.textContent = 'press a key …'; } } });
    return make('tr', {}, make('td', { textContent: key.does }), make('td', {}, chosen));
  });
  const save = make('button', { type: 'button', className: 'mm-button first', textContent: 'Keep these keys', data: { save: '' } });
  const table = make('table', { className: 'mm-table' }, make('tbody', {}, ...rows));
  const box = shown('Keys', make('p', { className: 'mm-quiet', textContent: 'By place on the keyboard, whatever is printed on it. In a text: arrows go from word to word, Shift keeps the beginning, Enter marks. On a picture: Enter makes a box, arrows move it, Shift and arrows size it. On a timeline: arrows move, Enter begins and ends.' }), error, table, save);
  save.addEventListener('click', async () => {
    try {
      await post('./annotate/api/keys', keys);
      Object.entries(keys).forEach(([name, code]) => { state.keys[name].code = code; });
      box.close();
      changed();
    } catch (refused) { error.hidden = false; error.textContent = refused.message; }
  });
  box.onkeydown = (event) => {
    if (!waiting || event.code === 'Escape') { return; }
    event.preventDefault();
    keys[waiting] = event.code;
    table.querySelector(`[data-key=${waiting}]`).textContent = event.code;
    waiting = null;
  };
}

export function you(state) {
  const names = [...new Set(['age group', 'gender', 'region', 'first language', ...Object.keys(state.about)])];
  const fields = names.map((name) => make('label', {}, name, make('input', { value: state.about[name] ?? '', maxLength: 120, name })));
  const box = shown(`You: ${state.rater}`, make('p', { textContent: 'All of this is optional and in your own words. It is kept apart from your answers, and used only to see whether groups of people see things differently.' }), make('form', { className: 'mm-form' }, ...fields), make('button', { type: 'button', className: 'mm-button first', textContent: 'Keep', on: { click: async () => {
    state.about = Object.fromEntries(fields.map((field) => [field.querySelector('input').name, field.querySelector('input').value.trim()]).filter(([, value]) => value));
    await post('./annotate/api/about', state.about);
    box.close();
  } } }));
}
