// The form editor: fields on the left, the chosen one beside, the page as officials will see it on the right.
import { button, check, redraw, search, select, text, typing } from '../controls.js';
import { debounce, h, whenReleased } from '../dom.js';
import { asText } from '../history.js';
import { details } from './details.js';
import { TYPES, moved, put, retyped, typeOf } from './types.js';

const written = (schema) => `${JSON.stringify(schema, null, 2)}\n`;
const freshName = (properties, stem) => {
  let n = 1;
  while (`${stem}${n}` in properties) n += 1;
  return `${stem}${n}`;
};

export default async function mount({ host, side, session, vocab, api, shell }) {
  const content = await session.load();
  const list = h('div', { class: 'form-list' });
  const detail = h('div', { class: 'form-detail' });
  host.classList.add('form-editor');
  host.append(list, detail);
  side.classList.add('preview-panel');
  const frame = h('iframe', { title: '表单预览', sandbox: '' });
  const said = h('p', { class: 'hint', role: 'status' });
  side.append(h('div', { class: 'panel-head' }, h('h2', {}, '预览'), said), frame);
  const readOnly = session.readOnly;
  let schema = {};
  let path = null; // [name] or [name, inner name]

  const parse = (words) => {
    try {
      const found = JSON.parse(words);
      if (!found || typeof found !== 'object' || Array.isArray(found)) throw new Error();
      found.properties ??= {};
      return found;
    } catch {
      throw new Error('这个文件不是可以识别的 JSON，请联系开发人员或恢复上一个版本。');
    }
  };
  const preview = debounce(async () => {
    try {
      const { html } = await api.form(written(schema));
      said.textContent = '办理人员看到的样子';
      frame.srcdoc = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><link rel="stylesheet" href="/static/main.css"></head><body class="p-3">${html}</body></html>`;
    } catch (error) {
      said.textContent = `预览不出来：${error.message}${error.todo ?? ''}`;
    }
  }, 400);
  const changed = () => {
    file.changed(written(schema));
    preview();
    draw();
  };

  const owner = (of = path) => (of && of.length > 1 ? schema.properties[of[0]].items : schema);
  const found = () => (path ? owner()?.properties?.[path.at(-1)] : undefined);
  const choose = (next) => { path = next; draw(); };

  const row = (place, name, one, prefix) => {
    const here = [...prefix, name];
    const is = path !== null && path.join('.') === here.join('.');
    const required = (place.required ?? []).includes(name);
    const move = (by) => { place.properties = moved(place.properties, name, by); changed(); };
    return h('li', { class: is ? 'chosen' : '' },
      h('button', { type: 'button', class: 'field-row', 'data-key': `row:${here.join('.')}`, 'aria-pressed': String(is), onclick: () => choose(here) },
        h('strong', {}, one.title || name), required && h('span', { class: 'must' }, '必填'),
        h('span', { class: 'sub' }, `${TYPES.find(([type]) => type === typeOf(one))[1]}${one['x-unit'] ? ` · ${one['x-unit']}` : ''}${[one['x-clause'] ?? []].flat().length ? ` · ${[one['x-clause']].flat().join('、')}` : ''}`)),
      !readOnly && h('span', { class: 'row-tools' },
        button('↑', () => move(-1), { key: `up:${here.join('.')}`, label: `上移 ${one.title || name}` }),
        button('↓', () => move(1), { key: `down:${here.join('.')}`, label: `下移 ${one.title || name}` })),
      typeOf(one) === 'rows' && h('ul', { class: 'inner' }, Object.entries(one.items.properties ?? {}).map(([inner, each]) => row(one.items, inner, each, here)),
        !readOnly && h('li', {}, button('＋ 加一列', () => add(one.items, here), { key: `add:${here.join('.')}` }))));
  };
  const add = (place, prefix) => {
    place.properties ??= {};
    const name = freshName(place.properties, 'field_');
    place.properties[name] = { type: 'string', title: '新栏目', maxLength: 200 };
    path = [...prefix, name];
    changed();
  };
  const addOutcome = () => {
    schema.properties = { outcome: { type: 'string', title: '结论', enum: ['通过', '不通过'] }, ...schema.properties };
    schema.required = ['outcome', ...(schema.required ?? [])];
    path = ['outcome'];
    changed();
  };

  const whole = () => [
    h('h2', {}, '整张表单'),
    text('名称', { key: 'title', value: schema.title, readOnly, write: (words) => { put(schema, 'title', words); changed(); } }),
    text('填写说明', { key: 'description', value: schema.description, area: true, readOnly, write: (words) => { put(schema, 'description', words); changed(); } }),
    h('p', { class: 'label' }, '依据条款'),
    h('ul', { class: 'chips' }, (schema['x-clauses'] ?? []).map((id) => h('li', { class: vocab.clause(id) ? 'chip' : 'chip bad' }, h('span', {}, h('strong', {}, vocab.clause(id)?.article ?? '没有这一条'), ` ${id}`),
      !readOnly && button('✕', () => { put(schema, 'x-clauses', (schema['x-clauses'] ?? []).filter((one) => one !== id)); changed(); }, { key: `x:${id}`, label: `去掉条款 ${id}` })))),
    !readOnly && search({ key: 'whole-clause', label: '加条款', placeholder: '按条号、编号或内容查找', options: vocab.clauses.map((one) => ({ value: one.id, label: `${one.article} ${one.id}`, detail: one.rule })), pick: (id) => { schema['x-clauses'] = [...new Set([...(schema['x-clauses'] ?? []), id])]; changed(); } }),
    rules(),
  ].filter(Boolean);
  const rules = () => h('details', { class: 'group', 'data-key': 'rules', open: Boolean(schema['x-rules']?.length) }, h('summary', {}, h('h3', {}, `校验（${schema['x-rules']?.length ?? 0}）`)),
    h('div', { class: 'group-body' },
      h('p', { class: 'hint' }, '条件必须成立，否则不能提交，并显示原因和办法。条件里可以直接写栏目编号。'),
      (schema['x-rules'] ?? []).map((rule, n) => h('div', { class: 'row-block' },
        h('div', { class: 'row-head' }, h('strong', {}, `第 ${n + 1} 条`), !readOnly && button('✕', () => { schema['x-rules'].splice(n, 1); if (!schema['x-rules'].length) delete schema['x-rules']; changed(); }, { key: `rule-x:${n}`, label: `去掉第 ${n + 1} 条校验` })),
        text('必须成立的条件', { key: `check:${n}`, mono: true, area: true, rows: 2, readOnly, value: rule.check, write: (words) => { rule.check = words; changed(); } }),
        select('依据', { key: `rule-clause:${n}`, readOnly, value: rule.clause ?? '', empty: '不写', options: vocab.clauses.map((one) => [one.id, `${one.article} ${one.id}`]), write: (id) => { put(rule, 'clause', id); changed(); } }),
        text('不成立时说什么', { key: `refusal:${n}`, area: true, rows: 2, readOnly, value: rule.refusal, write: (words) => { rule.refusal = words; changed(); } }),
        text('请怎么办', { key: `todo:${n}`, area: true, rows: 2, readOnly, value: rule.todo, write: (words) => { put(rule, 'todo', words); changed(); } }),
        check('原则上（有例外登记时不校验）', { key: `override:${n}`, readOnly, value: rule.override, write: (value) => { put(rule, 'override', value); changed(); } }))),
      !readOnly && button('＋ 加一条校验', () => { (schema['x-rules'] ??= []).push({ check: '', refusal: '' }); changed(); }, { key: 'rule-add' })));

  let asked = false;
  function draw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => whenReleased(() => {
      asked = false;
      redraw(list, [
        h('div', { class: 'list-head' }, h('h2', {}, schema.title || '表单'), button('表单设置', () => choose(null), { key: 'whole' })),
        h('ul', { class: 'fields-list' }, Object.entries(schema.properties).map(([name, one]) => row(schema, name, one, []))),
        !readOnly && h('p', { class: 'links' }, button('＋ 加栏目', () => add(schema, []), { key: 'add', primary: true }), !('outcome' in schema.properties) && button('＋ 加结论', addOutcome, { key: 'add-outcome' })),
      ].filter(Boolean));
      if (path && !found()) path = null;
      const key = path ? path.join('.') : '';
      if (typing(detail) && detail.dataset.shown === key) return;
      detail.dataset.shown = key;
      redraw(detail, path ? details({
        field: found(), name: path.at(-1), place: owner(), path, vocab, readOnly, changed,
        rename: (name) => { path = [...path.slice(0, -1), name]; },
        retype: (type) => { // in place: what is being typed into the same field must not go to a copy
          const [one, next] = [found(), retyped(found(), type)];
          for (const key of Object.keys(one)) delete one[key];
          Object.assign(one, next);
          changed();
        },
        remove: () => {
          const place = owner();
          delete place.properties[path.at(-1)];
          if (place.required) place.required = place.required.filter((one) => one !== path.at(-1));
          path = null;
          changed();
        },
      }) : whole());
    }));
  }

  const file = asText({
    content, session, shell,
    show: (words) => {
      schema = parse(words);
      draw();
      preview();
    },
  });
  return {
    ...file.editor,
    select: (name) => schema.properties[name] && choose([name]),
    keys: [['Ctrl+Z / Ctrl+Y', '撤销／重做']],
  };
}
