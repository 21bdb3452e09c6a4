// What the system does or asks elsewhere: called procedures, operations, decision tables, messages.
import { button, select, text, textInput } from '../controls.js';
import { h } from '../dom.js';
import { parameters } from '../vocabulary.js';
import { getBusinessObject, is } from './model.js';
import { group } from './sections.js';

/** What parameters are called, for people. */
const NAMES = {
  to: '通知谁', text: '内容', clause: '依据条款', stage: '阶段', kind: '种类', until: '到哪一天止', reason: '原因', message: '消息', outcome: '结论', step: '步骤', pool: '专家库', named_pool: '定向专家库',
  status: '状态', day: '日期', result: '结果', name: '标记名称', value: '值', procedure: '流程', years: '年数', without: '除外的标记', chosen: '入选的结论', other: '其余的结论', passed: '通过的结论',
  receiver: '受理单位', filer: '报送单位', organiser: '组织单位', evaluator: '评价单位', days: '天数', title: '标题',
};
const named = (name) => (NAMES[name] ? `${NAMES[name]}（${name}）` : `参数 ${name}`);
const paramsOf = (part) => parameters(part?.params);

export function call({ model, element, vocab, readOnly, links }) {
  const one = getBusinessObject(element);
  const part = vocab.part(one.calledElement);
  const held = model.notes(element, 'lianshen:Param');
  const asked = paramsOf(part);
  const missing = asked.filter(({ name }) => !held.some((note) => note.name === name));
  const offices = vocab.offices.map((each) => [each.id, each.name]);
  const hints = Object.fromEntries(asked.map((each) => [each.name, each.help]));
  return group('调用的流程', 'call', [
    select('流程', { key: 'called', readOnly, value: one.calledElement ?? '', empty: '请选择', options: vocab.parts.map((each) => [each.id, each.name]), write: (value) => model.modeling.updateProperties(element, { calledElement: value || undefined }) }),
    one.calledElement && h('p', { class: 'links' }, links.procedure(one.calledElement)),
    h('h4', {}, '给它的参数'),
    held.map((note, n) => h('div', { class: 'param' },
      text(hints[note.name] || named(note.name), { key: `param:${n}`, readOnly, value: note.value, list: note.name === 'clause' ? vocab.clauses.map((each) => [each.id, each.article]) : offices, write: (value) => model.set(element, note, { value }) }),
      !readOnly && button('✕', () => model.remove(element, note), { key: `param-x:${n}`, label: `去掉参数 ${note.name}` }))),
    !readOnly && missing.map(({ name }) => button(`＋ ${named(name)}`, () => model.add(element, 'lianshen:Param', { name, value: '' }), { key: `param-add:${name}`, label: `加参数 ${name}` })),
    !readOnly && textInput({ key: 'param-new', label: '加其他参数', placeholder: '其他参数的名称，回车加入', write: (name) => /^\w+$/.test(name.trim()) && model.add(element, 'lianshen:Param', { name: name.trim(), value: '' }) }),
    h('p', { class: 'hint' }, '参数名与被调用流程的泳道编号相同时，指定由哪个岗位办理。'),
  ]);
}

export function operation({ model, element, vocab, readOnly }) {
  const held = model.note(element, 'spiffworkflow:ServiceTaskOperator');
  const known = vocab.operation(held?.id);
  const asked = paramsOf(known);
  const given = held?.parameterList?.parameters ?? [];
  const write = (id, list) => model.together(() => {
    const made = list.map((one) => (one.$type ? one : model.moddle.create('spiffworkflow:Parameter', { id: one.id, type: 'str', value: one.value })));
    const box = model.moddle.create('spiffworkflow:Parameters', { parameters: made });
    for (const one of made) one.$parent = box;
    if (held) {
      box.$parent = held;
      model.set(element, held, { id, parameterList: made.length ? box : undefined });
    } else {
      const fresh = model.add(element, 'spiffworkflow:ServiceTaskOperator', { id, ...(made.length ? { parameterList: box } : {}) });
      box.$parent = fresh;
    }
  });
  const choose = (id) => {
    if (!id) return held && model.remove(element, held);
    const needs = paramsOf(vocab.operation(id));
    const kept = given.filter((one) => needs.some((each) => each.name === one.id));
    const fresh = needs.filter((each) => each.needed && !kept.some((one) => one.id === each.name)).map((each) => ({ id: each.name, value: "''" }));
    return write(id, [...kept, ...fresh]);
  };
  const put = (name, value) => {
    const found = given.find((one) => one.id === name);
    if (found && value.trim()) model.set(element, found, { value });
    else write(held.id, found ? given.filter((one) => one !== found) : [...given, { id: name, value }]);
  };
  const all = [...asked, ...given.filter((one) => !asked.some((each) => each.name === one.id)).map((one) => ({ name: one.id, needed: false, kind: '' }))];
  return group('系统操作', 'operation', [
    select('做什么', { key: 'operation', readOnly, value: held?.id ?? '', empty: '请选择', options: vocab.operations.map((one) => [one.id, `${one.help}（${one.id}）`]), write: choose }),
    held && all.map(({ name, needed, kind }) => text(`${named(name)}${needed ? '' : '，可不写'}`, {
      key: `op:${name}`, mono: true, readOnly, area: kind === 'text' || name === 'text', rows: 2, value: given.find((one) => one.id === name)?.value ?? '',
      list: kind === 'offices' ? vocab.offices.map((one) => [`'${one.id}'`, one.name]) : undefined, write: (value) => put(name, value),
    })),
    held && h('p', { class: 'hint' }, "参数是表达式，文字要加引号，如 'owner'。"),
  ]);
}

export function decision({ model, element, vocab, readOnly, links }) {
  const held = model.note(element, 'spiffworkflow:CalledDecisionId');
  const known = vocab.table(held?.value);
  const write = (id) => {
    if (!id) return held && model.remove(element, held);
    return held ? model.set(element, held, { value: id }) : model.add(element, 'spiffworkflow:CalledDecisionId', { value: id });
  };
  return group('决策表', 'decision', [
    select('用哪张表', { key: 'table', readOnly, value: held?.value ?? '', empty: '请选择', options: vocab.pairs('tables'), write }),
    known && h('p', { class: 'fact' }, h('span', {}, '结论'), (known.outcomes ?? []).join('、')),
    held && h('p', { class: 'links' }, links.table(held.value)),
    h('p', { class: 'hint' }, `网关里写 decision("${getBusinessObject(element).id}") == "结论"。`),
  ]);
}

export const messageOf = (element) => (getBusinessObject(element).eventDefinitions ?? []).find((one) => is(one, 'bpmn:MessageEventDefinition'));

export function message({ model, element, vocab, readOnly }) {
  const held = messageOf(element);
  if (!held) return null;
  const root = model.modeler.getDefinitions();
  const drawn = root.rootElements.filter((one) => is(one, 'bpmn:Message'));
  const known = [...new Map([...vocab.messages.map((one) => [one.id, one.name]), ...drawn.map((one) => [one.name || one.id, one.name || one.id])])];
  const write = (name) => model.together(() => {
    let found = drawn.find((one) => (one.name || one.id) === name);
    if (!found) {
      found = model.factory.create('bpmn:Message', { id: model.moddle.ids.nextPrefixed('message_'), name });
      found.$parent = root;
      model.set(element, root, { rootElements: [...root.rootElements, found] });
    }
    model.set(element, held, { messageRef: found });
  });
  return group('等待的消息', 'message', [
    select('消息', { key: 'message', readOnly, value: held.messageRef?.name ?? '', empty: '请选择', options: known, write: (name) => name && write(name) }),
    !readOnly && textInput({ key: 'message-new', label: '新的消息', placeholder: '新消息的英文编号，回车加入', write: (name) => /^\w+$/.test(name.trim()) && write(name.trim()) }),
    h('p', { class: 'hint' }, '送达的结果记为这个事件的结论，后面的网关可以按结论分流。'),
  ]);
}

/** The attributes of a call activity for a shared procedure, with its parameters ready to fill in (element template). */
export function template(model, part, lane) {
  const one = model.factory.create('bpmn:CallActivity', { name: part.name, calledElement: part.id });
  const values = paramsOf(part).map(({ name }) => model.moddle.create('lianshen:Param', { name, value: lane && ['receiver', 'organiser', 'evaluator'].includes(name) ? lane : '' }));
  if (values.length) {
    one.extensionElements = model.factory.create('bpmn:ExtensionElements', { values });
    one.extensionElements.$parent = one;
    for (const each of values) each.$parent = one.extensionElements;
  }
  return one;
}
