// Conditions: on a flow, and all exits of a gateway at once.
import { button, selectInput, text } from '../controls.js';
import { h } from '../dom.js';
import { getBusinessObject, is, isAny } from './model.js';
import { group } from './sections.js';

const DECIDED = /^decision\(["']([^"']+)["']\)\s*==\s*["']([^"']+)["']$/;
export const BRANCHING = ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway'];

function outcomesOf({ model, vocab }, id) {
  const element = model.registry.get(id);
  if (!element) return [];
  const one = getBusinessObject(element);
  if (is(one, 'bpmn:BusinessRuleTask')) return vocab.table(model.note(element, 'spiffworkflow:CalledDecisionId')?.value)?.outcomes ?? [];
  return vocab.form(model.note(element, 'lianshen:Step')?.form || one.id)?.outcomes ?? [];
}

/** One condition: by a conclusion, or any expression. */
function condition(panel, flow, key) {
  const { model, readOnly } = panel;
  const one = getBusinessObject(flow);
  const source = one.conditionExpression?.body ?? '';
  const write = (body) => model.expression(flow, one, 'conditionExpression', body);
  const simple = DECIDED.exec(source.trim());
  const steps = model.steps();
  const outcomes = simple ? outcomesOf(panel, simple[1]) : [];
  const decided = (step, word) => write(`decision(${JSON.stringify(step)}) == ${JSON.stringify(word)}`);
  const known = !simple || steps.some((each) => each.id === simple[1]);
  return [
    (known && (simple || !source)) && h('div', { class: 'pair' },
      selectInput({
        key: `${key}:step`, readOnly, label: '哪一步的结论', value: simple?.[1] ?? '', empty: '按哪一步的结论……',
        options: steps.map((each) => [each.id, each.name]), write: (step) => step && decided(step, outcomesOf(panel, step)[0] ?? simple?.[2] ?? '通过'),
      }),
      simple && h('span', {}, '是'),
      simple && (outcomes.length
        ? selectInput({ key: `${key}:word`, readOnly, label: '结论', value: simple[2], options: outcomes.map((each) => [each, each]), write: (word) => decided(simple[1], word) })
        : null)),
    text('条件', { key: `${key}:source`, mono: true, area: true, rows: 2, readOnly, value: source, write }),
  ];
}

const makeDefault = ({ model }, gateway, flow) => model.together(() => {
  model.modeling.updateProperties(gateway, { default: getBusinessObject(flow) });
  if (getBusinessObject(flow).conditionExpression) model.expression(flow, getBusinessObject(flow), 'conditionExpression', '');
});

export function gateway(panel) {
  const { model, element, readOnly, select } = panel;
  const one = getBusinessObject(element);
  const exits = element.outgoing.filter((each) => is(each, 'bpmn:SequenceFlow'));
  if (exits.length < 2) return null;
  return group(`出口（${exits.length}）`, 'exits', exits.map((flow) => {
    const bo = getBusinessObject(flow);
    const isDefault = one.default === bo;
    return h('div', { class: 'row-block' },
      h('div', { class: 'row-head' }, h('strong', {}, `去“${getBusinessObject(flow.target).name || flow.target.id}”`),
        button('在图上看', () => select(flow.id), { key: `see:${flow.id}`, label: `在图上看出口“${bo.name || flow.id}”` })),
      text('名称', { key: `exit-name:${flow.id}`, readOnly, value: bo.name, write: (words) => model.name(flow, words) }),
      h('label', { class: 'radio' }, h('input', { type: 'radio', name: `default-${one.id}`, 'data-key': `default:${flow.id}`, checked: isDefault, disabled: readOnly, onchange: () => makeDefault(panel, element, flow) }), ' 默认出口（其他条件都不成立时）'),
      !isDefault && condition(panel, flow, flow.id));
  }));
}

export function flow(panel) {
  const { model, element, readOnly } = panel;
  const one = getBusinessObject(element);
  const from = one.sourceRef;
  if (!isAny(from, [...BRANCHING])) return null;
  const isDefault = from.default === one;
  return group('条件', 'condition', [
    isDefault
      ? h('p', { class: 'hint' }, '这是默认出口：其他条件都不成立时走这里，不写条件。')
      : condition(panel, element, 'flow'),
    !isDefault && !readOnly && button('设为默认出口', () => makeDefault(panel, model.registry.get(from.id), element), { key: 'to-default' }),
  ]);
}

/** What every expression may ask; a click puts it where the text cursor was. */
export function functions({ vocab, insert }) {
  if (!vocab.functions.length) return null;
  return group('表达式可以问什么', 'functions', h('ul', { class: 'functions' }, vocab.functions.map((one) =>
    h('li', {}, button(one.signature || one.name, () => insert(one.signature || `${one.name}()`), { label: `插入 ${one.name}` }), h('span', {}, one.help)))), { open: false });
}
