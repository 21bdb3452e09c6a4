// Everything about one field of a form.
import { button, check, search, select, text, textInput } from '../controls.js';
import { h } from '../dom.js';
import { TYPES, put, renamed, typeOf } from './types.js';

const SAFE = /^[a-z][a-z0-9_]{0,40}$/;
const NUMERIC = ['number', 'integer'];
const WIDGETS = [['unit', '选一个单位'], ['offices', '选几个岗位'], ['project', '选一个项目'], ['system', '选一个信息系统']];

export function details({ field, name, place, path, vocab, readOnly, changed, rename, retype, remove }) {
  const type = typeOf(field);
  const set = (key, value) => { put(field, key, value); changed(); };
  const number = (key) => (words) => set(key, words.trim() === '' ? undefined : Number(words));
  const clauses = [field['x-clause'] ?? []].flat();
  const cite = (ids) => set('x-clause', ids.length > 1 ? ids : ids[0]);
  const box = field.items?.enum ? field.items : field;
  return [
    h('div', { class: 'list-head' }, h('h2', {}, field.title || name), !readOnly && button('删去栏目', remove, { key: 'remove', danger: true })),
    text('栏目名称', { key: 'f-title', value: field.title, readOnly, write: (words) => set('title', words) }),
    text('填写提示', { key: 'f-description', value: field.description, area: true, rows: 2, readOnly, write: (words) => set('description', words) }),
    select('种类', { key: 'f-type', value: type, options: TYPES.filter(([one]) => one !== 'rows' || path.length === 1), readOnly, write: retype }),
    check('必填', {
      key: 'f-required', readOnly, value: (place.required ?? []).includes(name),
      write: (value) => {
        const order = Object.keys(place.properties);
        place.required = value ? order.filter((one) => one === name || (place.required ?? []).includes(one)) : (place.required ?? []).filter((one) => one !== name);
        changed();
      },
    }),
    ...(box.enum ? [h('div', { class: 'field' }, h('p', { class: 'label' }, name === 'outcome' ? '可选的结论' : '选项'),
      h('ul', { class: 'options' }, box.enum.map((one, n) => h('li', {},
        textInput({ key: `option:${n}`, label: `第 ${n + 1} 个选项`, value: String(one), readOnly, write: (words) => { box.enum[n] = words; changed(); } }),
        !readOnly && button('✕', () => { box.enum.splice(n, 1); changed(); }, { key: `option-x:${n}`, label: `去掉选项 ${one}`, disabled: box.enum.length < 2 })))),
      !readOnly && button('＋ 加选项', () => { box.enum.push(`选项${box.enum.length + 1}`); changed(); }, { key: 'option-add' }))] : []),
    ...(type === 'listed' || (type === 'several' && !box.enum && !field['x-widget']) ? [text('选项清单的编号', { key: 'f-choices', mono: true, readOnly, list: vocab.choices.map((one) => [one.id, one.name]), value: field['x-choices'] ?? field.items?.['x-choices'], write: (words) => set('x-choices', words.trim()), hint: '在“地区设置”的选项清单里维护' })] : []),
    ...(NUMERIC.includes(type) ? [
      h('div', { class: 'pair' },
        text('最小', { key: 'f-min', type: 'number', readOnly, value: field.minimum ?? '', write: number('minimum') }),
        text('最大', { key: 'f-max', type: 'number', readOnly, value: field.maximum ?? '', write: number('maximum') })),
      text('单位', { key: 'f-unit', readOnly, value: field['x-unit'], list: ['万元', '月', '天', '个', '人', '分'], write: (words) => set('x-unit', words.trim()) }),
      text('记入项目的哪种金额', { key: 'f-amount', mono: true, readOnly, value: field['x-amount'], write: (words) => set('x-amount', words.trim()), hint: '英文编号，如 estimate；之后 amount("estimate") 可以问到。不是金额就不写' }),
    ] : []),
    ...(['text', 'area'].includes(type) ? [text('最多字数', { key: 'f-length', type: 'number', readOnly, value: field.maxLength ?? '', write: number('maxLength') })] : []),
    ...(['text', 'several'].includes(type) ? [select('选取方式', { key: 'f-widget', readOnly, value: field['x-widget'] ?? '', empty: '直接填写', options: WIDGETS, write: (value) => set('x-widget', value) })] : []),
    h('p', { class: 'label' }, '依据条款'),
    h('ul', { class: 'chips' }, clauses.map((id) => h('li', { class: vocab.clause(id) ? 'chip' : 'chip bad' }, h('span', {}, h('strong', {}, vocab.clause(id)?.article ?? '没有这一条'), ` ${id}`),
      !readOnly && button('✕', () => cite(clauses.filter((one) => one !== id)), { key: `fx:${id}`, label: `去掉条款 ${id}` })))),
    !readOnly && search({ key: 'f-clause', label: '加条款', placeholder: '按条号、编号或内容查找', options: vocab.clauses.map((one) => ({ value: one.id, label: `${one.article} ${one.id}`, detail: one.rule })), pick: (id) => cite([...new Set([...clauses, id])]) }),
    text('记入项目信息', { key: 'f-project', mono: true, readOnly, value: field['x-project'], write: (words) => set('x-project', words.trim()), hint: '英文编号，如 nature；之后 project("nature") 可以问到' }),
    check('不对申报单位显示', { key: 'f-private', readOnly, value: field['x-private'], write: (value) => set('x-private', value), hint: '专家身份等' }),
    text('编号', {
      key: 'f-name', mono: true, readOnly: readOnly || name === 'outcome', value: name, hint: name === 'outcome' ? '结论的编号固定' : '英文小写；流程图里 answer("步骤", "编号") 用到它，改了要一起改',
      write: (words) => {
        const fresh = words.trim();
        if (!SAFE.test(fresh) || fresh in place.properties) return;
        place.properties = renamed(place.properties, name, fresh);
        if (place.required) place.required = place.required.map((one) => (one === name ? fresh : one));
        rename(fresh);
        changed();
      },
    }),
  ].filter(Boolean);
}
