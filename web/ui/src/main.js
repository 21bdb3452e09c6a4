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

// A removed row is gone for the server too: its fields are no longer in the form.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-remove]');
  if (!button) return;
  const form = button.closest('form');
  button.closest(button.dataset.remove)?.remove();
  form?.dispatchEvent(new Event('input', { bubbles: true }));
});

// A chosen file is sent at once; the button stays for those who work without this script.
document.addEventListener('change', (event) => {
  if (event.target.matches('input[type=file][data-auto]') && event.target.files.length) event.target.form.requestSubmit();
});
