// Palette, context pad and replace menu: only what the engine executes, with our own step types and the shared procedures.
import { ask, h } from '../dom.js';
import { search } from '../controls.js';
import { getBusinessObject, is } from './model.js';
import { template } from './calls.js';

const AFTER = 200; // after what bpmn-js offers
const REFUSED = /(send|receive|script)-task|^replace-with-task$|transaction|event-subprocess|ad-hoc|complex|instantiat|conditional-(start|intermediate|boundary)|signal|compensation|link|cancel|data-|(message|timer|error|escalation)-start|message-end|message-intermediate-throw|collapsed-pool|toggle-(parallel-mi|sequential-mi|loop|participant)/;
const UNWANTED_PALETTE = ['create.data-object', 'create.data-store', 'create.group', 'create.task', 'create.intermediate-event', 'create.participant-expanded'];
const UNWANTED_PAD = /receive-task|signal|condition-intermediate|compensation/;

function palette(bpmnPalette, create, elementFactory, config) {
  const shape = (type, extra = {}) => (event) => create.start(event, elementFactory.createShape({ type, ...extra }));
  const entry = (group, className, title, begin) => ({ group, className, title, action: { dragstart: begin, click: begin } });
  bpmnPalette.registerProvider(AFTER, {
    getPaletteEntries: () => (entries) => {
      const kept = Object.fromEntries(Object.entries(entries).filter(([id]) => !UNWANTED_PALETTE.includes(id)));
      const { 'create.start-event': start, 'create.end-event': end, 'create.exclusive-gateway': gateway, 'create.subprocess-expanded': sub, ...tools } = kept;
      return {
        ...tools,
        'create.start-event': start,
        'create.timer': entry('event', 'bpmn-icon-intermediate-event-catch-timer', '新增等待（到某日）', shape('bpmn:IntermediateCatchEvent', { eventDefinitionType: 'bpmn:TimerEventDefinition' })),
        'create.message': entry('event', 'bpmn-icon-intermediate-event-catch-message', '新增等待（消息）', shape('bpmn:IntermediateCatchEvent', { eventDefinitionType: 'bpmn:MessageEventDefinition' })),
        'create.end-event': end,
        'create.exclusive-gateway': gateway,
        'create.user-task': entry('activity', 'bpmn-icon-user-task', '新增办理步骤', shape('bpmn:UserTask')),
        'create.service-task': entry('activity', 'bpmn-icon-service-task', '新增系统操作', shape('bpmn:ServiceTask')),
        'create.rule-task': entry('activity', 'bpmn-icon-business-rule-task', '新增决策表步骤', shape('bpmn:BusinessRuleTask')),
        'create.part': { group: 'activity', className: 'bpmn-icon-call-activity', title: '插入通用流程', action: { click: (event) => config.insertPart(event) } },
        'create.subprocess-expanded': sub,
      };
    },
  });
}

function pad(contextPad, create, elementFactory, autoPlace) {
  const append = (element, type, className, title) => {
    const made = () => elementFactory.createShape({ type });
    return { group: 'model', className, title, action: { click: () => autoPlace.append(element, made()), dragstart: (event) => create.start(event, made(), { source: element }) } };
  };
  contextPad.registerProvider(AFTER, {
    getContextPadEntries: (element) => (entries) => {
      const kept = Object.entries(entries).filter(([id]) => !UNWANTED_PAD.test(id)).map(([id, one]) =>
        (id === 'append.append-task' ? ['append.append-task', append(element, 'bpmn:UserTask', 'bpmn-icon-user-task', '后接办理步骤')] : [id, one]));
      return Object.fromEntries(kept);
    },
  });
}

function replace(popupMenu) {
  const filter = () => (entries) => Object.fromEntries(Object.entries(entries).filter(([id]) => !REFUSED.test(id)));
  const provider = { getPopupMenuEntries: filter, getPopupMenuHeaderEntries: filter, getEmptyPlaceholder: () => () => h('span', {}, '没有可换的类型').outerHTML };
  popupMenu.registerProvider('bpmn-replace', AFTER, provider);
}

palette.$inject = ['palette', 'create', 'elementFactory', 'config.lianshen'];
pad.$inject = ['contextPad', 'create', 'elementFactory', 'autoPlace'];
replace.$inject = ['popupMenu'];

export default { __init__: ['lianshenPalette', 'lianshenPad', 'lianshenReplace'], lianshenPalette: ['type', palette], lianshenPad: ['type', pad], lianshenReplace: ['type', replace] };

/** Asks which shared procedure to insert; it follows the selected step, or hangs on the pointer until it is put down. */
export async function insertPart(modeler, model, vocab, event) {
  let chosen = '';
  const shared = vocab.parts.filter((one) => one.id.startsWith('national_'));
  const own = vocab.parts.filter((one) => !one.id.startsWith('national_'));
  const item = (one, done) => h('button', { type: 'button', class: 'pick', onclick: (click) => { chosen = one.id; done(click); } }, h('strong', {}, one.name), h('span', {}, one.id));
  const close = (click) => click.target.closest('dialog').close('ok');
  const body = [
    search({ key: 'part', label: '查找流程', placeholder: '按名称查找', options: vocab.parts.map((one) => ({ value: one.id, label: one.name, detail: one.id })), pick: (id) => { chosen = id; document.querySelector('dialog[open]')?.close('ok'); } }),
    shared.length > 0 && h('h3', {}, '全国通用'), h('div', { class: 'choices' }, shared.map((one) => item(one, close))),
    own.length > 0 && h('h3', {}, '本地区'), h('div', { class: 'choices' }, own.map((one) => item(one, close))),
  ].filter(Boolean);
  await ask('插入通用流程', body, [{ value: '', label: '取消' }]);
  const part = chosen && vocab.part(chosen);
  if (!part) return;
  const [selected] = modeler.get('selection').get();
  const lane = selected && model.lane(selected)?.id;
  const shape = modeler.get('elementFactory').createShape({ type: 'bpmn:CallActivity', businessObject: template(model, part, lane) });
  const can = selected && is(selected, 'bpmn:FlowNode') && !is(selected, 'bpmn:EndEvent') && !selected.labelTarget;
  if (can) model.together(() => follow(modeler, model, selected, shape));
  else modeler.get('create').start(event, shape);
}

/** Puts a step right behind another one: what followed that one now follows the new one. */
function follow(modeler, model, step, shape) {
  const next = step.outgoing.filter((one) => is(one, 'bpmn:SequenceFlow'));
  const made = modeler.get('autoPlace').append(step, shape);
  const [flow] = next;
  if (next.length !== 1 || is(step, 'bpmn:Gateway')) return;
  model.modeling.reconnectStart(flow, made, { x: made.x + made.width, y: made.y + made.height / 2 });
  model.modeling.layoutConnection(flow);
}

/** A deadline with what happens then: a timer on the border, a reminder, an end. */
export function addDeadline(modeler, model, step) {
  const factory = modeler.get('elementFactory');
  const one = getBusinessObject(step);
  let timer;
  model.together(() => {
    const at = (step.attachers ?? []).length;
    timer = factory.createShape({ type: 'bpmn:BoundaryEvent', eventDefinitionType: 'bpmn:TimerEventDefinition', cancelActivity: false });
    timer = model.modeling.createShape(timer, { x: step.x + step.width - 22 - at * 40, y: step.y + step.height }, step, { attach: true });
    const definition = getBusinessObject(timer).eventDefinitions[0];
    model.expression(timer, definition, 'timeDate', 'workdays(5)');
    model.name(timer, '满 5 个工作日');
    for (const { id } of model.notes(step, 'lianshen:Clause')) model.add(timer, 'lianshen:Clause', { id });
    const office = model.note(step, 'lianshen:Step')?.office;
    const to = office?.startsWith('=') ? office.slice(1) : `'${office || model.lane(step)?.id || 'owner'}'`;
    const parameters = [['to', to], ['text', `'“${(one.name || one.id).replaceAll("'", '')}”已到期限，请尽快办理。'`]].map(([id, value]) => model.moddle.create('spiffworkflow:Parameter', { id, type: 'str', value }));
    const remind = modeler.get('autoPlace').append(timer, factory.createShape({ type: 'bpmn:ServiceTask' }));
    model.name(remind, '催办');
    const box = model.moddle.create('spiffworkflow:Parameters', { parameters });
    const made = model.add(remind, 'spiffworkflow:ServiceTaskOperator', { id: 'notify', parameterList: box });
    box.$parent = made;
    for (const each of parameters) each.$parent = box;
    const end = modeler.get('autoPlace').append(remind, factory.createShape({ type: 'bpmn:EndEvent' }));
    model.name(end, '已催办');
  });
  return timer;
}
