// Sends the forms of the page and says what became of them.

import { post } from './annotate_wire.js';

const box = document.getElementById('pe-said');
function say(text, error) {
  box.hidden = false;
  box.className = `mm-message ${error ? 'error' : 'done'}`;
  box.textContent = text;
  box.scrollIntoView({ block: 'nearest' });
}

const before = sessionStorage.getItem('mm-said');
if (before) { say(before, false); sessionStorage.removeItem('mm-said'); }

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-to]');
  if (!form) { return; }
  event.preventDefault();
  try {
    const { said } = await post(form.dataset.to, Object.fromEntries(new FormData(form)));
    sessionStorage.setItem('mm-said', said);
    location.reload();
  } catch (error) { say(error.message, true); }
});
