// Deadlines and waits: our date grammar in words, with the date it gives if it began today.
import { button, check, select, selectInput, text, textInput } from '../controls.js';
import { debounce, h } from '../dom.js';
import { getBusinessObject, is } from './model.js';
import { group } from './sections.js';

const UNITS = [['workdays', '个工作日'], ['days', '天'], ['months', '个月'], ['years', '年']];
const SIMPLE = /^(workdays|days|months|years)\(\s*(\d+)\s*(?:,\s*after\s*=\s*(.+))?\)$/s;
const DONE = /^done_on\(["']([^"']+)["']\)$/;
const previews = new Map();

export const timerOf = (element) => (getBusinessObject(element).eventDefinitions ?? []).find((one) => is(one, 'bpmn:TimerEventDefinition'));
export const timersOn = (element) => (element.attachers ?? []).filter(timerOf);

function preview({ api }, source) {
  const place = h('p', { class: 'preview', role: 'status' }, '');
  const show = (found) => {
    place.className = found.wrong ? 'preview wrong' : 'preview';
    place.textContent = found.words;
  };
  if (!source.trim()) show({ words: '还没有写明时间，永远不会到期。', wrong: true });
  else if (previews.has(source)) show(previews.get(source));
  else {
    place.textContent = '正在计算……';
    api.deadline(source).then(
      ({ date, explained }) => ({ words: `从今天起算：${date ?? ''}${explained ? `（${explained}）` : ''}` }),
      (error) => ({ words: `${error.message}${error.todo ?? ''}`, wrong: true }),
    ).then((found) => {
      previews.set(source, found);
      show(found);
    });
  }
  return place;
}

/** The expression of one timer, with its builder. */
function expression(panel, element, timer, key) {
  const { model, readOnly } = panel;
  const source = timer.timeDate?.body ?? '';
  const write = (body) => model.expression(element, timer, 'timeDate', body);
  const waiting = /^on\((.+)\)$/s.exec(source.trim());
  const inner = waiting ? waiting[1] : source.trim();
  const simple = SIMPLE.exec(inner);
  const wrap = (body) => write(waiting ? `on(${body})` : body);
  const parts = [];
  if (simple || !source) {
    const [unit, count, after] = simple ? simple.slice(1) : ['workdays', '', undefined];
    const compose = (given) => {
      const next = { unit, count, after, ...given };
      if (/^\d+$/.test(next.count)) wrap(`${next.unit}(${next.count}${next.after ? `, after=${next.after}` : ''})`);
    };
    const done = after && DONE.exec(after.trim());
    parts.push(
      h('div', { class: 'pair' },
        textInput({ key: `${key}:count`, type: 'number', label: '数目', readOnly, value: count, write: (value) => compose({ count: value.trim() }) }),
        selectInput({ key: `${key}:unit`, label: '单位', readOnly, value: unit, options: UNITS, write: (value) => compose({ unit: value }) })),
      select('从哪一天起算', {
        key: `${key}:after`, readOnly, value: !after ? '' : done ? done[1] : '*', empty: '到这一步的当天',
        options: [...model.steps().map((one) => [one.id, `“${one.name}”办结之日`]), ...(after && !done ? [['*', '其他（见表达式）']] : [])],
        write: (value) => value !== '*' && compose({ after: value ? `done_on(${JSON.stringify(value)})` : '' }), hint: '起算当日不计入',
      }));
  }
  parts.push(text('期限表达式', { key: `${key}:source`, mono: true, area: true, rows: 2, readOnly, value: source, write }));
  const shown = h('div', { class: 'preview-place' }, preview(panel, source));
  const area = parts.at(-1).querySelector('textarea');
  const later = debounce(() => shown.replaceChildren(preview(panel, area.value)), 500);
  area.addEventListener('input', later);
  parts.push(shown);
  return parts;
}

/** The panel of a timer event itself. */
export function timer(panel) {
  const { model, element, readOnly } = panel;
  const found = timerOf(element);
  if (!found) return null;
  const one = getBusinessObject(element);
  const boundary = is(one, 'bpmn:BoundaryEvent');
  return group(boundary ? '期限' : '等到哪一天', 'timer', [
    expression(panel, element, found, 'timer'),
    boundary && check('到期就结束这个步骤', { key: 'cancel', readOnly, value: one.cancelActivity !== false, write: (value) => model.modeling.updateProperties(element, { cancelActivity: value }), hint: '一般不选：到期只提醒，步骤仍可办理' }),
    !boundary && h('p', { class: 'hint' }, '“不早于某日”写成 on(日期)，当天零时继续；其他写法等到最后一天的次日零时。'),
  ]);
}

/** The deadlines of a step, shown with the step. */
export function deadlines(panel) {
  const { element, readOnly, addDeadline, select } = panel;
  const held = timersOn(element);
  return group(`期限（${held.length}）`, 'deadlines', [
    held.length ? null : h('p', { class: 'hint' }, '这一步没有期限。'),
    held.map((event) => h('div', { class: 'row-block' },
      h('div', { class: 'row-head' }, h('strong', {}, getBusinessObject(event).name || '期限'), button('在图上看', () => select(event.id), { key: `see:${event.id}`, label: `在图上看“${getBusinessObject(event).name || '期限'}”` })),
      expression(panel, event, timerOf(event), event.id))),
    !readOnly && button('加期限', () => addDeadline(element), { key: 'add-deadline' }),
  ]);
}
