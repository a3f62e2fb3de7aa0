// What goes between the page and the server: requests, and answers that wait until they are stored.
// Knows nothing of what is on the page.

const TOKEN = document.querySelector('meta[name="mm-token"]').content;

export class Refused extends Error {
  constructor(status, said) { super(said); this.status = status; }
}

async function told(response) {
  if (response.ok) { return response.json(); }
  const text = await response.text();
  let said = text;
  try { said = JSON.parse(text).detail ?? text; } catch { /* plain words */ }
  throw new Refused(response.status, typeof said === 'string' ? said : 'The server did not understand this: load the page again.');
}

export async function get(path) { return told(await fetch(path, { headers: { 'x-mmjudge-token': TOKEN } })); }

export async function post(path, body) {
  const headers = { 'content-type': 'application/json', 'x-mmjudge-token': TOKEN };
  return told(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), keepalive: JSON.stringify(body).length < 60000 }));
}

export function newId() {
  // Not randomUUID: it is missing where the page is not served over https.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function kept(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

export function keep(key, value) {
  if (value === null) { localStorage.removeItem(key); } else { localStorage.setItem(key, JSON.stringify(value)); }
}

// Answers in the order they were given. Each lies in localStorage before anything else happens and leaves it only when
// the server has it, or says that it never will. The same submission sent twice is stored once.
export class Outbox {
  constructor(rater, changed) {
    this.key = `mm-annotate:${rater}:outbox`;
    this.changed = changed;
    this.waiting = new Map();
    this.pause = 500;
    this.timer = 0;
    window.addEventListener('online', () => this.flush());
  }

  all() { return kept(this.key, []); }

  add(body) {
    keep(this.key, [...this.all(), body]);
    this.changed(this.all().length, '');
    const stored = new Promise((resolve) => this.waiting.set(body.submission, resolve));
    this.flush();
    return stored;
  }

  // Takes back what was not sent; false where it is on its way or there already.
  remove(submission) {
    if (this.sending === submission || !this.all().some((body) => body.submission === submission)) { return false; }
    this.drop(submission);
    return true;
  }

  drop(submission) {
    keep(this.key, this.all().filter((body) => body.submission !== submission));
    this.changed(this.all().length, '');
  }

  flush() {
    clearTimeout(this.timer);
    this.running = this.running ?? this.send().finally(() => { this.running = null; });
    return this.running;
  }

  async send() {
    for (let body = this.all()[0]; body; body = this.all()[0]) {
      this.sending = body.submission;
      try {
        const answer = await post('./annotate/api/answer', body);
        this.drop(body.submission);
        this.settle(body.submission, answer);
        this.pause = 500;
      } catch (error) {
        if (error instanceof Refused && [404, 409, 422].includes(error.status)) {
          // It will never be taken; what was said stays where a person can find it.
          keep(`${this.key}:refused`, [...kept(`${this.key}:refused`, []), { ...body, why: error.message }]);
          this.drop(body.submission);
          this.changed(this.all().length, error.message);
          this.settle(body.submission, { refused: error.message });
          continue;
        }
        const over = error instanceof Refused && [401, 403].includes(error.status);
        this.changed(this.all().length, over ? 'Sign in again: load the page. Your answers wait here until then.' : '');
        this.pause = Math.min(this.pause * 2, 10000);
        this.timer = setTimeout(() => this.flush(), this.pause);
        return;
      } finally {
        this.sending = '';
      }
    }
  }

  settle(submission, answer) {
    this.waiting.get(submission)?.(answer);
    this.waiting.delete(submission);
  }
}
