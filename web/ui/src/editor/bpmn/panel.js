// The property panel: what the selected element is, group by group. Redrawn after every change, but never under somebody's hands.
import { isComposing, redraw, typing } from '../controls.js';
import { h, whenReleased } from '../dom.js';
import { call, decision, message, operation } from './calls.js';
import { BRANCHING, flow, functions, gateway } from './flow.js';
import { getBusinessObject, is, isAny } from './model.js';
import { clauses, general, lane, materials, procedure, step } from './sections.js';
import { signing } from './signing.js';
import { deadlines, timer } from './timer.js';

const TITLES = {
  'bpmn:UserTask': '办理步骤', 'bpmn:ManualTask': '线下办理', 'bpmn:ServiceTask': '系统操作', 'bpmn:BusinessRuleTask': '决策表', 'bpmn:CallActivity': '调用流程',
  'bpmn:ExclusiveGateway': '排他网关', 'bpmn:InclusiveGateway': '包容网关', 'bpmn:ParallelGateway': '并行网关', 'bpmn:EventBasedGateway': '事件网关',
  'bpmn:StartEvent': '开始', 'bpmn:EndEvent': '结束', 'bpmn:IntermediateCatchEvent': '等待', 'bpmn:IntermediateThrowEvent': '经过点', 'bpmn:BoundaryEvent': '边界事件',
  'bpmn:SequenceFlow': '顺序流', 'bpmn:Lane': '泳道', 'bpmn:Participant': '流程', 'bpmn:Process': '流程', 'bpmn:Collaboration': '流程', 'bpmn:SubProcess': '子流程',
  'bpmn:TextAnnotation': '文字说明', 'bpmn:Association': '关联线', 'bpmn:Group': '分组框', 'bpmn:Task': '步骤（未定类型）',
};
const STEPS = ['bpmn:UserTask', 'bpmn:ManualTask'];
const CITING = ['bpmn:FlowNode', 'bpmn:SequenceFlow', 'bpmn:Participant', 'bpmn:Process'];

export class Panel {
  constructor(host, context, modeler) {
    this.host = host;
    this.context = context; // model, vocab, api, readOnly, links, select, addDeadline
    this.modeler = modeler;
    this.element = null;
    this.field = null;
    this.later = false;
    const redrawn = () => this.render();
    modeler.on('selection.changed', ({ newSelection }) => {
      this.element = newSelection.length === 1 ? newSelection[0] : newSelection.length ? 'many' : null;
      redrawn();
    });
    modeler.on('elements.changed', redrawn);
    modeler.on('import.done', () => {
      this.element = null;
      redrawn();
    });
    host.addEventListener('focusin', ({ target }) => {
      if (target.matches('textarea.mono, input.mono')) this.field = target.dataset.key;
    });
    host.addEventListener('compositionend', () => setTimeout(() => this.later && redrawn()));
  }

  insert(words) {
    const area = this.field && this.host.querySelector(`[data-key="${CSS.escape(this.field)}"]`);
    if (!area || area.readOnly) return;
    area.setRangeText(words, area.selectionStart, area.selectionEnd, 'end');
    area.focus();
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /** Draws, at the next frame at the earliest and not while a pointer is down or a text is being typed. */
  render() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => whenReleased(() => {
      this.waiting = false;
      const fresh = this.shown !== this.element;
      if (!fresh && isComposing()) {
        this.later = true;
        return;
      }
      this.later = false;
      if (fresh) {
        if (typing(this.host)) document.activeElement.blur(); // what was typed belongs to the element shown until now
        this.shown = this.element;
        this.host.scrollTop = 0;
      }
      redraw(this.host, this.content());
    }));
  }

  content() {
    const { model } = this.context;
    if (this.element === 'many') return [h('div', { class: 'panel-head' }, h('h2', {}, '选中了几个元素')), h('p', { class: 'panel-note' }, '可以一起移动、对齐或删除；属性请逐个修改。')];
    let element = this.element?.labelTarget ?? this.element;
    if (!element || isAny(element, ['bpmn:Collaboration'])) element = model.pool();
    if (!element || !model.registry.get(element.id)) return [];
    const one = getBusinessObject(element);
    const panel = { ...this.context, element, insert: (words) => this.insert(words) };
    const person = isAny(one, STEPS);
    const whole = isAny(one, ['bpmn:Participant', 'bpmn:Process']);
    return [
      h('div', { class: 'panel-head' }, h('p', { class: 'kind' }, TITLES[one.$type] ?? '元素'), h('h2', {}, one.name || one.text || (whole ? '流程' : one.id))),
      ...this.context.findingsOf(element),
      general(panel),
      whole && procedure(panel),
      is(one, 'bpmn:Lane') && lane(panel),
      isAny(one, [...STEPS, 'bpmn:Activity', 'bpmn:Event']) && step(panel),
      is(one, 'bpmn:CallActivity') && call(panel),
      is(one, 'bpmn:ServiceTask') && operation(panel),
      is(one, 'bpmn:BusinessRuleTask') && decision(panel),
      isAny(one, BRANCHING) && gateway(panel),
      is(one, 'bpmn:SequenceFlow') && flow(panel),
      timer(panel),
      message(panel),
      isAny(one, CITING) && clauses(panel),
      person && signing(panel),
      person && deadlines(panel),
      person && materials(panel),
      !is(one, 'bpmn:Lane') && !is(one, 'bpmn:TextAnnotation') && functions(panel),
    ].filter(Boolean);
  }
}
