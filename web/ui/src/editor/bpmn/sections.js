// Groups of the property panel that say what an element is: name, clauses, office, form, stage, materials, procedure.
import { button, check, search, select, text, ticks } from '../controls.js';
import { h } from '../dom.js';
import { getBusinessObject, is, isAny } from './model.js';

export const group = (title, key, content, { open = true } = {}) =>
  h('details', { class: 'group', 'data-key': `group:${key}`, open }, h('summary', {}, h('h3', {}, title)), h('div', { class: 'group-body' }, content));

const SAFE = /^[A-Za-z_][A-Za-z0-9_]{0,60}$/;

export function general({ model, element, readOnly }) {
  const one = getBusinessObject(element);
  const isPool = is(one, 'bpmn:Participant');
  const rename = (id) => {
    const fresh = id.trim();
    if (fresh !== one.id && SAFE.test(fresh) && !model.registry.get(fresh)) model.rename(element, fresh);
  };
  const parts = [];
  if (is(one, 'bpmn:TextAnnotation')) parts.push(text('文字', { key: 'text', value: one.text, area: true, readOnly, write: (words) => model.modeling.updateProperties(element, { text: words }) }));
  else if (!is(one, 'bpmn:Lane')) parts.push(text('名称', { key: 'name', value: one.name, readOnly, area: isAny(one, ['bpmn:Task', 'bpmn:CallActivity']), rows: 2, write: (words) => model.name(element, words.replace(/\n/g, '')) }));
  if (isPool) {
    const process = model.owner(element);
    parts.push(h('p', { class: 'hint' }, `流程编号：${process.id}（与文件名对应，不能修改）`));
  } else if (!isAny(one, ['bpmn:Lane', 'bpmn:SequenceFlow', 'bpmn:TextAnnotation', 'bpmn:Association'])) {
    parts.push(text('编号', {
      key: 'id', value: one.id, mono: true, readOnly, write: rename,
      hint: '英文字母、数字和下划线，图内不重复。改编号时，本图条件里的引用一起改。',
    }));
  }
  return parts.length ? group('基本', 'general', parts) : null;
}

export function clauses({ model, element, vocab, readOnly }) {
  const held = model.notes(element, 'lianshen:Clause');
  const chips = held.map((note) => {
    const found = vocab.clause(note.id);
    return h('li', { class: found ? 'chip' : 'chip bad' },
      h('span', {}, h('strong', {}, found?.article ?? '没有这一条'), ` ${note.id}`, found && h('span', { class: 'rule' }, found.rule)),
      !readOnly && button('✕', () => model.remove(element, note), { key: `clause:${note.id}`, label: `去掉条款 ${note.id}` }));
  });
  return group(`依据条款（${held.length}）`, 'clauses', [
    held.length ? h('ul', { class: 'chips' }, chips) : h('p', { class: 'hint' }, '还没有写明依据。办理人员会看到这里的条款。'),
    !readOnly && search({
      key: 'clause-search', label: '加条款', placeholder: '按条号、编号或内容查找',
      options: vocab.clauses.filter((one) => !held.some((note) => note.id === one.id)).map((one) => ({ value: one.id, label: `${one.article} ${one.id}`, detail: one.rule })),
      pick: (id) => model.add(element, 'lianshen:Clause', { id }),
    }),
  ]);
}

export function step(panel) {
  const { model, element, vocab, readOnly, links } = panel;
  const one = getBusinessObject(element);
  const note = model.note(element, 'lianshen:Step');
  const put = (attributes) => model.put(element, 'lianshen:Step', attributes);
  const parts = [];
  const person = isAny(one, ['bpmn:UserTask', 'bpmn:ManualTask']);
  if (person) {
    const lane = model.lane(element);
    const office = note?.office ?? '';
    parts.push(h('p', { class: 'fact' }, h('span', {}, '所在泳道'), lane ? lane.name || lane.id : '不在泳道里'));
    parts.push(select('由谁办理', {
      key: 'office', value: office.startsWith('=') ? '=' : office, readOnly, empty: '泳道的岗位',
      options: [...vocab.pairs('offices'), ['=', '由表达式给出']], write: (value) => put({ office: value === '=' ? '=param("receiver")' : value }),
    }));
    if (office.startsWith('=')) parts.push(text('岗位表达式', { key: 'office-expression', mono: true, readOnly, value: office.slice(1), write: (value) => put({ office: value ? `=${value}` : '' }), hint: '例：param("receiver")，值是岗位编号' }));
    const form = note?.form || one.id;
    const known = vocab.form(form);
    parts.push(select('表单', {
      key: 'form', readOnly, value: note?.form ?? '', empty: `与步骤同名（${one.id}）`, options: vocab.pairs('forms', true), write: (value) => put({ form: value }),
      wrong: known ? '' : `没有名为 ${form} 的表单`,
    }));
    parts.push(h('p', { class: 'links' }, links.open(`forms/${form}.json`, known ? `打开表单“${known.name}”` : `新建表单 forms/${form}.json`)));
    if (known) parts.push(h('p', { class: 'fact' }, h('span', {}, '结论'), known.outcomes?.length ? known.outcomes.join('、') : '这张表单不下结论'));
  }
  parts.push(text('项目进入阶段', { key: 'stage', value: note?.stage, list: vocab.stages, readOnly, write: (value) => put({ stage: value.trim() }), hint: '到这里时项目进入的阶段，可不写' }));
  return group(person ? '办理' : '阶段', 'step', parts, { open: person || Boolean(note) });
}

export function lane({ model, element, vocab, readOnly }) {
  const one = getBusinessObject(element);
  const taken = (id) => id !== one.id && model.registry.get(id);
  const write = (id) => {
    if (taken(id)) return;
    model.together(() => {
      model.rename(element, id);
      model.name(element, vocab.office(id)?.name ?? id);
    });
  };
  return group('岗位', 'lane', [
    select('这条泳道的岗位', { key: 'lane', readOnly, value: one.id, options: vocab.offices.filter((each) => !taken(each.id)).map((each) => [each.id, each.name]), write, hint: '泳道编号就是岗位编号；岗位在“岗位”表里维护' }),
    text('图上的名称', { key: 'lane-name', readOnly, value: one.name, write: (words) => model.name(element, words) }),
  ]);
}

export function materials({ model, element, vocab, readOnly, links }) {
  const held = model.notes(element, 'lianshen:Material');
  const rows = held.map((note, n) => h('div', { class: 'row-block' },
    h('div', { class: 'row-head' }, h('strong', {}, vocab.materials.find((one) => one.id === note.id)?.name ?? `${note.id}（没有这种材料）`),
      !readOnly && button('✕', () => model.remove(element, note), { key: `material:${n}`, label: `去掉材料 ${note.id}` })),
    check('必须上传', { key: `material-must:${n}`, value: note.required, readOnly, write: (value) => model.set(element, note, { required: value }) }),
    text('什么情况下要', { key: `material-when:${n}`, mono: true, readOnly, value: note.when, placeholder: '始终', write: (value) => model.set(element, note, { when: value.trim() || undefined }) })));
  return group(`材料（${held.length}）`, 'materials', [
    rows,
    !readOnly && search({
      key: 'material-search', label: '加材料', placeholder: '按名称查找', pick: (id) => model.add(element, 'lianshen:Material', { id, required: true }),
      options: vocab.materials.filter((one) => !held.some((note) => note.id === one.id)).map((one) => ({ value: one.id, label: one.name, detail: one.id })),
    }),
    h('p', { class: 'links' }, links.open('materials.yaml', '维护材料目录')),
  ], { open: held.length > 0 });
}

const KINDS = [['main', '立一个项目'], ['side', '项目办理中的单项事项'], ['batch', '一批项目'], ['part', '只供其他流程调用']];

export function procedure({ model, element, vocab, readOnly }) {
  const note = model.note(element, 'lianshen:Procedure');
  const put = (attributes) => model.put(element, 'lianshen:Procedure', attributes);
  const kind = note?.kind ?? '';
  return group('流程', 'procedure', [
    select('种类', { key: 'kind', readOnly, value: kind, empty: '未定', options: KINDS, write: (value) => put({ kind: value }) }),
    text('在“新办”里的名称', { key: 'title', readOnly, value: note?.title, write: (value) => put({ title: value.trim() }) }),
    kind !== 'part' && ticks('哪些岗位可以发起', { key: 'starters', readOnly, values: (note?.starters ?? '').split(/[\s,]+/).filter(Boolean), options: vocab.pairs('offices'), write: (values) => put({ starters: values.join(',') }) }),
    kind !== 'part' && text('发起条件', { key: 'when', readOnly, mono: true, area: true, rows: 2, value: note?.when, write: (value) => put({ when: value.trim() }), hint: '表达式；不写就不限' }),
  ]);
}
