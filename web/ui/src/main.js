// The only script on every page: htmx, islands that load their own code on first use, and a few delegated listeners.
import './main.css';
import 'htmx.org';

const island = (tag, load) =>
  customElements.define(tag, class extends HTMLElement {
    async connectedCallback() {
      const mount = (await load()).default;
      if (this.isConnected) this.destroy = await mount(this);
    }
    disconnectedCallback() {
      this.destroy?.();
    }
  });

island('bpmn-view', () => import('./bpmn-view.js'));
island('bpmn-diff', () => import('./bpmn-diff.js'));

// A removed row is gone for the server too: its fields are no longer in the form.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-remove]');
  if (!button) return;
  const form = button.closest('form');
  button.closest(button.dataset.remove)?.remove();
  form?.dispatchEvent(new Event('input', { bubbles: true }));
});

// The session was over when the draft was to be kept: asked again before anything is handed in, or the page would be left and lost.
document.addEventListener('submit', async (event) => {
  const [form, button, draft] = [event.target, event.submitter, document.getElementById('draft')];
  if (form.id !== 'step-form' || button?.id !== 'submit' || !draft?.querySelector('[data-expired]')) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(draft.getAttribute('hx-post'), { method: 'POST', body, headers: { 'HX-Request': 'true' } }).catch(() => null);
  if (answer) draft.innerHTML = await answer.text();
  if (answer?.ok) form.requestSubmit(button);
  else draft.scrollIntoView({ block: 'nearest' });
});

// Handing in: no second click, and no draft of what is on its way.
document.addEventListener('submit', (event) => {
  if (event.target.id !== 'step-form' || event.defaultPrevented || event.submitter?.id !== 'submit') return;
  const draft = document.getElementById('draft');
  draft?.dispatchEvent(new Event('htmx:abort'));
  draft?.replaceWith(Object.assign(document.createElement('span'), { textContent: '正在提交……' }));
  setTimeout(() => { event.submitter.disabled = true; });
});
// What has the focus is never behind the bar with the button. Not while a pointer is down: a page that moves
// between press and release takes the click away from what was pressed.
let pressed = false;
document.addEventListener('pointerdown', () => { pressed = true; }, true);
for (const over of ['pointerup', 'pointercancel']) document.addEventListener(over, () => { pressed = false; }, true);
document.addEventListener('focusin', ({ target }) => {
  if (pressed) return;
  const bar = document.querySelector('.bar-bottom');
  if (!bar || bar.contains(target)) return;
  requestAnimationFrame(() => { // after the browser has scrolled by itself
    const [edge, box] = [bar.getBoundingClientRect(), target.getBoundingClientRect()];
    if (box.top < edge.bottom && box.bottom > edge.top) window.scrollBy({ top: box.bottom + 12 - edge.top, behavior: 'instant' });
  });
});
window.addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

// A chosen file is sent at once; the button stays for those who work without this script.
document.addEventListener('change', (event) => {
  if (event.target.matches('input[type=file][data-auto]') && event.target.files.length) event.target.form.requestSubmit();
});
