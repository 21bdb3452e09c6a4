// Small helpers for building pages without a framework. Texts always become text nodes, never markup.
let counter = 0;
export const nextId = (stem = 'x') => `${stem}-${(counter += 1)}`;

/** h('button', { class: 'btn', onclick: act, 'aria-label': '删去' }, '✕') */
export function h(tag, props = {}, ...children) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) one.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'disabled' || name === 'readOnly' || name === 'hidden') one[name] = value;
    else one.setAttribute(name, value === true ? '' : value);
  }
  one.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return one;
}

export const debounce = (act, wait) => {
  let timer;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
};

/** Whether a pointer is held down: nothing may be redrawn between press and release, or the click goes astray. */
let pressed = false;
const released = [];
document.addEventListener('pointerdown', () => { pressed = true; }, true);
for (const over of ['pointerup', 'pointercancel'])
  document.addEventListener(over, () => {
    pressed = false;
    setTimeout(() => { while (released.length) released.shift()(); });
  }, true);
export const whenReleased = (act) => (pressed ? released.push(act) : act());

/** A modal dialog that resolves with the value of the button pressed, or '' when closed by Esc. */
export function ask(title, body, buttons, { wide = false } = {}) {
  return new Promise((resolve) => {
    const id = nextId('dialog');
    const dialog = h('dialog', { class: wide ? 'wide' : '', 'aria-labelledby': id },
      h('h2', { id, tabindex: '-1', autofocus: true }, title),
      h('div', { class: 'dialog-body', tabindex: '0', role: 'group', 'aria-labelledby': id }, body),
      h('div', { class: 'dialog-buttons' }, buttons.map(({ value, label, primary }) =>
        h('button', { type: 'button', class: primary ? 'btn primary' : 'btn', onclick: () => dialog.close(value) }, label))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const clock = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' });
export const moment = (text) => (text && !Number.isNaN(Date.parse(text)) ? clock.format(new Date(text)) : '');
