// What is asked about the item that is shown, and what was said of the one before. Only paints: `ways` act.

import { showMarks } from './annotate_item.js';
import { clock, make } from './annotate_marks.js';

const on = (id) => document.getElementById(id);

export const steps = (state) => (state.questions ? state.questions.length : state.project.about === 'rules' ? state.project.rules.length : 1);

// The question, the keys that answer it, and what else can be done.
export function askPart(state, ways) {
  const { project } = state;
  const rule = state.questions ? null : project.about === 'rules' ? project.rules[state.step] : null;
  const question = state.questions?.[state.step];
  const title = state.severity ? 'How severe is it?' : question ? question.ask : rule ? rule.text : 'Does it break a rule?';
  const over = question ? `Question ${state.step + 1} of ${steps(state)} · ${question.name}` : rule ? `Rule ${state.step + 1} of ${steps(state)} · ${rule.name}` : project.title;
  const list = rule || question ? null : make('details', {}, make('summary', { textContent: `The ${project.rules.length} rules` }), make('ol', {}, ...project.rules.map((one) => make('li', { textContent: `${one.name}: ${one.text}` }))));
  on('an-ask').replaceChildren(make('p', { className: 'mm-eyebrow', textContent: over }), make('h2', { textContent: title, dir: 'auto' }), ...(list ? [list] : []));
  const names = state.severity ? [0, 1, 2, 3].map((n) => `severity_${n}`) : ['yes', 'no', 'cant_tell', ...(project.tri && !question ? ['controversial'] : [])];
  const words = question ? { yes: 'Yes', no: 'No' } : {};
  on('an-keys').replaceChildren(...names.map((name) => button(state, name, words[name])));
  const more = [...(rule && !state.severity ? ['none_left'] : []), 'undo', 'skip', 'note', 'flag', ...(state.queue[0].files.length ? ['reveal'] : []), ...(project.regions ? ['mark'] : [])];
  on('an-more').replaceChildren(...more.map((name) => button(state, name)));
  on('an-more').querySelector('[data-do=flag]').setAttribute('aria-pressed', String(Boolean(state.queue[0].flag)));
  on('an-more').querySelector('[data-do=note]').setAttribute('aria-pressed', String(Boolean(state.queue[0].note)));
  marksPart(state, ways);
  lastPart(state, ways);
}

function button(state, name, words) {
  const { code, does } = state.keys[name];
  return make('button', { type: 'button', className: 'an-key', data: { do: name } }, make('kbd', { textContent: code.replace(/^(Key|Digit|Numpad)/, '') }), ` ${words ?? does}`);
}

// What was marked, and the rule the next mark belongs to.
export function marksPart(state, ways) {
  const { marks } = state.queue[0];
  showMarks(on('an-item'), marks);
  if (!state.project.regions) { on('an-marks').replaceChildren(); return; }
  const rules = make('select', { id: 'an-rule', aria: { label: 'Rule of the next mark' } }, make('option', { value: '', textContent: 'no certain rule' }), ...state.project.rules.map((rule) => make('option', { value: rule.id, textContent: rule.name })));
  rules.value = (state.project.about === 'rules' ? state.project.rules[state.step]?.id : on('an-rule')?.value) ?? '';
  const shown = (mark) => mark.chars ? `characters ${mark.chars.join('–')}` : mark.span ? mark.span.map(clock).join('–') : `box ${mark.box.map((side) => `${Math.round(side * 100)} %`).join(' ')}`;
  on('an-marks').replaceChildren(make('h3', { textContent: 'Where it shows' }), rules, make('ul', {}, ...marks.map((mark, n) => make('li', {}, `${shown(mark)}${mark.rule ? ` · ${state.project.rules.find((rule) => rule.id === mark.rule)?.name}` : ''} `, make('button', { type: 'button', className: 'mm-mini', textContent: 'Remove', aria: { label: `Remove mark ${n + 1}` }, on: { click: () => { marks.splice(n, 1); ways.removed(); } } })))));
}

// What was said of the last item, and after it the judge's verdict.
export function lastPart(state, ways) {
  const { last } = state;
  if (!last) { on('an-last').replaceChildren(); return; }
  const said = last.body.skip ? `skipped (${last.body.skip})` : last.body.answers.map((answer) => ({ yes: 'violates', no: 'does not violate', cant_tell: 'can’t tell', controversial: 'controversial' })[answer.value]).join(', ');
  const parts = [make('p', { className: 'mm-quiet', textContent: `Last item: you said ${said.length > 80 ? `${last.body.answers.length} answers` : said}.` })];
  if (last.verdict !== undefined) {
    parts.push(make('p', {}, make('strong', { textContent: `Judge: ${last.verdict ? last.verdict.said : 'no verdict'}` }), ` ${last.verdict?.headline ?? ''}`));
    if (state.project.about === 'item' && last.verdict && !last.body.skip) { parts.push(make('div', { className: 'an-keys' }, ...['yes', 'no', 'cant_tell'].map((value) => make('button', { type: 'button', className: 'mm-mini', textContent: `Now I say: ${state.keys[value].does.toLowerCase()}`, on: { click: () => ways.change(value) } })))); }
  } else { parts.push(button(state, 'verdict')); }
  on('an-last').replaceChildren(...parts);
}
