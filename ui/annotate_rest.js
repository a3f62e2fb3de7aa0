// How long a rater has looked at an item, and the break that follows too much of it.

import { clock, make } from './annotate_marks.js';

// Seconds count while the page is visible; uncovered ones while a file of the item is.
export class Exposure {
  constructor(looking) {
    this.looking = looking;
    this.begin();
    setInterval(() => this.tick(), 1000);
  }

  begin() { Object.assign(this, { seconds: 0, uncovered: 0, reveals: 0, since: performance.now() }); }

  tick() {
    const now = performance.now();
    const task = this.looking();
    if (document.visibilityState === 'visible' && task) {
      const passed = Math.min((now - this.since) / 1000, 5);
      this.seconds += passed;
      this.uncovered += task.clear?.size ? passed : 0;
    }
    this.since = now;
  }

  told() { return { seconds: this.seconds, uncovered: this.uncovered, reveals: this.reveals }; }
}

export function pause(box, seconds, over) {
  const until = Date.now() + seconds * 1000;
  const left = make('p', { className: 'mm-title' });
  box.replaceChildren(make('h1', { textContent: 'Time for a break' }), make('p', { textContent: 'You have looked at uncovered content for as long as this project allows in one go. Look at something else, move about; if it stays with you, talk to somebody.' }), left);
  const count = () => {
    const remain = (until - Date.now()) / 1000;
    if (remain <= 0) { clearInterval(timer); over(); return; }
    left.textContent = `Goes on in ${clock(remain).replace(/\.\d$/, '')}`;
  };
  const timer = setInterval(count, 500);
  count();
}
