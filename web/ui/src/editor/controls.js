// Form controls of the property panels. Each has a `data-key`, so that the focus survives a redraw.
import { debounce, h, nextId } from './dom.js';

const TYPING = 400;
const HANDS = new WeakMap(); // text controls → how what is typed passes to the next one

/** A label over a control, with a hint below. */
export function field(label, control, { hint, wrong } = {}) {
  const id = (control.id ||= nextId('f'));
  const help = hint || wrong ? nextId('h') : undefined;
  if (help) control.setAttribute('aria-describedby', help);
  return h('div', { class: wrong ? 'field bad' : 'field' },
    h('label', { for: id }, label),
    control,
    help && h('p', { id: help, class: wrong ? 'hint wrong' : 'hint' }, wrong || hint));
}

/** A line or an area of text. `write` is called while typing (a moment later) and when the field is left, never twice with the same. */
export function textInput({ key, value = '', write, area = false, mono = false, list, rows = 3, readOnly = false, placeholder, label, type = 'text' }) {
  const one = h(area ? 'textarea' : 'input', {
    'data-key': key, value, readOnly, placeholder, 'aria-label': label, spellcheck: 'false', autocomplete: 'off', class: mono ? 'mono' : '',
    ...(area ? { rows } : { type, list: list?.length ? undefined : null }),
  });
  let last = value;
  const put = () => {
    later.cancel();
    if (one.value === last || readOnly) return;
    last = one.value;
    write(one.value);
  };
  const later = debounce(put, TYPING);
  one.addEventListener('input', (event) => !event.isComposing && later());
  one.addEventListener('compositionend', later);
  one.addEventListener('change', put);
  one.addEventListener('blur', put);
  HANDS.set(one, {
    /** Gives what is typed to the control that takes this one's place: from now on only that one writes it. */
    pass(next) {
      later.cancel();
      HANDS.get(next).take(one.value, one.value !== last);
      last = one.value;
    },
    take(words, unwritten) {
      one.value = words;
      if (unwritten) later();
      else last = words;
    },
  });
  if (!area && list?.length) {
    const offered = h('datalist', { id: nextId('list') }, list.map((each) =>
      typeof each === 'string' ? h('option', { value: each }) : h('option', { value: each[0] }, each[1])));
    one.setAttribute('list', offered.id);
    return h('span', { class: 'with-list' }, one, offered);
  }
  return one;
}

export function text(label, given) {
  const made = textInput(given);
  const control = made.matches('input, textarea') ? made : made.querySelector('input');
  const whole = field(label, control, given);
  if (made !== control) control.replaceWith(made), made.prepend(control);
  return whole;
}

/** options: [[value, words], …] */
export function selectInput({ key, value = '', options, write, readOnly = false, label, empty }) {
  const all = empty === undefined ? options : [['', empty], ...options];
  const known = all.some(([one]) => one === value);
  return h('select', { 'data-key': key, disabled: readOnly, 'aria-label': label, onchange: (event) => write(event.target.value) },
    [...(known || value === '' ? [] : [[value, `${value}（没有这一项）`]]), ...all].map(([one, words]) => {
      const option = h('option', { value: one }, words);
      option.selected = one === value;
      return option;
    }));
}
export const select = (label, given) => field(label, selectInput(given), given);

export function check(label, { key, value, write, readOnly = false, hint }) {
  const help = hint && nextId('h');
  return h('div', { class: 'field tick' },
    h('label', {}, h('input', {
      type: 'checkbox', 'data-key': key, checked: Boolean(value), disabled: readOnly, 'aria-describedby': help,
      onchange: (event) => write(event.target.checked),
    }), ' ', label),
    help && h('p', { class: 'hint', id: help }, hint));
}

/** Several of many, as ticks. options: [[value, words], …] */
export function ticks(label, { key, values, options, write, readOnly = false, hint }) {
  const chosen = new Set(values);
  const extra = values.filter((one) => !options.some(([value]) => value === one)).map((one) => [one, `${one}（没有这一项）`]);
  const shown = [...extra, ...options].sort(([one], [other]) => chosen.has(other) - chosen.has(one)); // what is chosen stands first
  return h('fieldset', { class: 'field ticks' }, h('legend', {}, label), hint && h('p', { class: 'hint' }, hint),
    h('div', { class: 'tick-list' }, shown.map(([value, words]) =>
      h('label', {}, h('input', {
        type: 'checkbox', 'data-key': `${key}:${value}`, value, checked: chosen.has(value), disabled: readOnly,
        onchange: (event) => {
          if (event.target.checked) chosen.add(value);
          else chosen.delete(value);
          write([...extra, ...options].map(([one]) => one).filter((one) => chosen.has(one)));
        },
      }), ' ', words))));
}

export const button = (words, act, { key, label, danger = false, primary = false, disabled = false } = {}) =>
  h('button', { type: 'button', class: `btn small${danger ? ' danger' : ''}${primary ? ' primary' : ''}`, 'data-key': key, 'aria-label': label, title: label, onclick: act, disabled }, words);

/** A field that finds among many while one types. options: [{ value, label, detail }]; `pick` gets the value. */
export function search({ key, label, placeholder, options, pick, most = 30 }) {
  const listId = nextId('found');
  const list = h('ul', { id: listId, role: 'listbox', 'aria-label': label, hidden: true });
  let shown = [];
  let at = -1;
  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const choose = (one) => {
    close();
    input.value = '';
    pick(one.value);
  };
  const point = (to) => {
    at = Math.max(0, Math.min(shown.length - 1, to));
    [...list.children].forEach((item, n) => item.setAttribute('aria-selected', String(n === at)));
    list.children[at]?.scrollIntoView({ block: 'nearest' });
    if (list.children[at]) input.setAttribute('aria-activedescendant', list.children[at].id);
  };
  const open = () => {
    const asked = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    shown = options.filter((one) => {
      const whole = `${one.value} ${one.label} ${one.detail ?? ''}`.toLowerCase();
      return asked.every((word) => whole.includes(word));
    }).slice(0, most);
    list.replaceChildren(...shown.map((one) =>
      h('li', {
        id: nextId('o'), role: 'option', 'aria-selected': 'false', 'data-value': one.value,
        onmousedown: (event) => event.preventDefault(), onclick: () => choose(one),
      }, h('strong', {}, one.label), one.detail && h('span', {}, one.detail))));
    if (!shown.length) list.append(h('li', { role: 'option', 'aria-selected': 'false', 'aria-disabled': 'true', class: 'none' }, '没有找到'));
    list.hidden = false;
    at = -1;
    input.setAttribute('aria-expanded', 'true');
  };
  const input = h('input', {
    type: 'text', role: 'combobox', 'aria-label': label, 'aria-expanded': 'false', 'aria-controls': listId, 'aria-autocomplete': 'list',
    autocomplete: 'off', 'data-key': key, placeholder, oninput: open, onfocus: open, onclick: () => list.hidden && open(), onblur: close,
    onkeydown: (event) => {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        if (list.hidden) open();
        else point(at + (event.key === 'ArrowDown' ? 1 : -1));
      } else if (event.key === 'Enter') {
        event.preventDefault();
        const one = shown[at] ?? (shown.length === 1 ? shown[0] : undefined);
        if (one && !list.hidden) choose(one);
      } else if (event.key === 'Escape' && !list.hidden) {
        event.stopPropagation();
        close();
      }
    },
  });
  return h('div', { class: 'search' }, input, list);
}

const TEXTS = 'input:not([type=checkbox], [type=radio], [role=combobox]), textarea';
/** Whether an input method is at work: what it writes to must stay. */
let composing = false;
document.addEventListener('compositionstart', () => { composing = true; }, true);
document.addEventListener('compositionend', () => { composing = false; }, true);
export const isComposing = () => composing;

/** Redraws a panel and puts the focus back where it was. What is being typed stays as typed, and is written once. */
export function redraw(host, children) {
  const active = host.contains(document.activeElement) ? document.activeElement : null;
  const key = active?.dataset.key;
  const opened = new Map([...host.querySelectorAll('details[data-key]')].map((one) => [one.dataset.key, one.open]));
  const top = host.scrollTop;
  const [from, to] = active && 'selectionStart' in active ? [active.selectionStart, active.selectionEnd] : [null, null];
  const next = document.createDocumentFragment();
  next.append(...children);
  const again = key && next.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (again && HANDS.has(active) && HANDS.has(again)) HANDS.get(active).pass(again);
  host.replaceChildren(next);
  for (const one of host.querySelectorAll('details[data-key]')) if (opened.has(one.dataset.key)) one.open = opened.get(one.dataset.key);
  host.scrollTop = top;
  if (!again) return;
  again.focus({ preventScroll: true });
  try {
    if (from !== null) again.setSelectionRange(from, to);
  } catch { /* numbers and dates have no selection */ }
}
export const typing = (host) => host.contains(document.activeElement) && document.activeElement.matches(TEXTS);
