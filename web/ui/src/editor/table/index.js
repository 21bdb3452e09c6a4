// YAML files as tables: every cell is a field, comments and unknown keys of the file stay where they are.
import { Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { button, redraw, selectInput, text, textInput, typing } from '../controls.js';
import { h, whenReleased } from '../dom.js';
import { asText } from '../history.js';
import { LAYOUTS, REGION } from './layouts.js';

const STYLE = { lineWidth: 0, flowCollectionPadding: false };
const split = (words) => words.split(/[,，、\n]/).map((one) => one.trim()).filter(Boolean);

export default async function mount({ host, session, vocab, shell }) {
  shell.wide();
  const stem = session.path.replace(/^.*\//, '').replace(/\.yaml$/, '');
  const content = await session.load();
  const readOnly = session.readOnly;
  const area = h('div', { class: 'tables' });
  host.append(area);
  let document_ = new Document([]);
  let filter = '';

  const parse = (words) => {
    const found = parseDocument(words);
    if (found.errors.length) throw new Error(`第 ${found.errors[0].linePos?.[0].line ?? '?'} 行的写法不对，不能显示成表格。`);
    return found;
  };
  const changed = (again = true) => {
    file.changed(document_.toString(STYLE));
    if (again) draw();
  };

  const plain = (map, key) => {
    const found = map.get(key, true);
    return isScalar(found) ? found.value : found === undefined || found === null ? undefined : found.toJSON?.() ?? found;
  };
  /** Writes one cell; nothing (or what is meant anyway) leaves no key behind. */
  const write = (map, key, value, { usual, redrawn = false } = {}) => {
    const found = map.get(key, true);
    const empty = value === '' || value === undefined || value === false || (Array.isArray(value) && !value.length) || value === usual;
    if (empty && key !== 'id' && key !== 'value') map.delete(key);
    else if (isScalar(found) && !Array.isArray(value)) found.value = empty ? null : value;
    else {
      const node = document_.createNode(value);
      if (isSeq(node)) node.flow = true;
      map.set(key, node);
    }
    changed(redrawn);
  };

  const cell = (map, [key, heading, kind, , options, usual], n) => {
    const value = plain(map, key);
    const common = { key: `${n}:${key}`, label: `${heading}，第 ${n + 1} 行`, readOnly };
    if (kind === 'fixed') return h('span', { class: 'mono' }, String(value ?? ''));
    if (kind === 'tick') return h('input', { type: 'checkbox', 'data-key': common.key, 'aria-label': common.label, checked: value === true, disabled: readOnly, onchange: ({ target }) => write(map, key, target.checked) });
    if (kind === 'choice') return selectInput({ ...common, value: value ?? usual ?? '', options, empty: usual ? undefined : '', write: (chosen) => write(map, key, chosen, { usual }) });
    if (kind === 'from') return selectInput({ ...common, value: value ?? '', empty: '', options: vocab.pairs(options, true), write: (chosen) => write(map, key, chosen) });
    if (kind === 'clause') return selectInput({ ...common, value: value ?? '', empty: '', options: vocab.clauses.map((one) => [one.id, `${one.article} ${one.id}`]), write: (chosen) => write(map, key, chosen) });
    if (kind === 'list') return textInput({ ...common, area: true, rows: 1, value: (value ?? []).join('，'), write: (words) => write(map, key, split(words)) });
    if (kind === 'number') return textInput({ ...common, type: 'number', value: value ?? '', write: (words) => write(map, key, words === '' ? '' : Number(words)) });
    if (kind === 'value') return textInput({ ...common, value: value ?? '', write: (words) => write(map, key, words === '' ? null : /^\d+$/.test(words) ? Number(words) : words) });
    return textInput({ ...common, mono: kind === 'code', area: kind === 'area', rows: 2, value: value ?? '', write: (words) => write(map, key, words.trim()) });
  };

  const grid = (seq, layout, prefix) => {
    const rows = seq.items.filter(isMap).map((map, n) => ({ map, n }));
    const asked = filter.trim().toLowerCase();
    const shown = asked ? rows.filter(({ map }) => JSON.stringify(map.toJSON()).toLowerCase().includes(asked)) : rows;
    const move = (n, by) => {
      const [items, to] = [seq.items, n + by];
      if (to < 0 || to >= items.length) return;
      [items[n], items[to]] = [items[to], items[n]];
      changed();
    };
    const add = () => {
      const sibling = seq.items.findLast(isMap);
      const made = document_.createNode({ id: `new_${seq.items.length + 1}` });
      made.flow = sibling?.flow ?? false;
      if (sibling?.spaceBefore) made.spaceBefore = true;
      seq.add(made);
      filter = '';
      changed();
      requestAnimationFrame(() => requestAnimationFrame(() => area.querySelector(`[data-key="${prefix}${seq.items.length - 1}:id"]`)?.focus()));
    };
    return [
      h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': layout.title }, h('table', { class: 'grid' },
        h('thead', {}, h('tr', {}, layout.columns.map(([, heading, kind, width]) => h('th', { scope: 'col', class: `${kind} ${width ?? ''}` }, heading)), !readOnly && h('th', { scope: 'col' }, '操作'))),
        h('tbody', {}, shown.map(({ map, n }) => h('tr', { 'data-id': plain(map, 'id') },
          layout.columns.map((column) => h('td', { class: `${column[2]} ${column[3] ?? ''}` }, cell(map, column, n))),
          !readOnly && h('td', { class: 'row-tools' },
            button('↑', () => move(n, -1), { key: `${prefix}up:${n}`, label: `上移第 ${n + 1} 行` }), button('↓', () => move(n, 1), { key: `${prefix}down:${n}`, label: `下移第 ${n + 1} 行` }),
            button('删', () => { seq.items.splice(n, 1); changed(); }, { key: `${prefix}x:${n}`, label: `删去第 ${n + 1} 行`, danger: true }))))))),
      !shown.length && h('p', { class: 'hint' }, asked ? '没有找到。' : '还没有内容。'),
      !readOnly && h('p', {}, button('＋ 加一行', add, { key: `${prefix}add`, primary: true })),
    ].filter(Boolean);
  };

  const sequence = (key) => {
    const found = document_.contents.get?.(key, true);
    if (isSeq(found)) return found;
    const made = document_.createNode([]);
    document_.contents.set(key, made);
    return made;
  };
  const region = () => {
    const map = document_.contents;
    const choices = map.get('choices', true);
    return [
      h('h2', {}, '地区设置'),
      h('div', { class: 'region-fields' }, REGION.map((column) => h('label', { class: 'field' }, h('span', { class: 'label' }, column[1]), cell(map, column, 0)))),
      ...['settings', 'bans'].flatMap((key) => [h('h2', {}, LAYOUTS[key].title), ...grid(sequence(key), LAYOUTS[key], `${key}:`)]),
      h('h2', {}, '选项清单'), h('p', { class: 'hint' }, '表单里“选项取自地区设置”的栏目用这里的选项，用逗号分开。'),
      isMap(choices) && h('div', { class: 'region-fields' }, choices.items.map((pair) => text(String(pair.key), {
        key: `choices:${pair.key}`, area: true, rows: 2, readOnly, value: (plain(choices, pair.key) ?? []).join('，'), write: (words) => write(choices, pair.key, split(words)),
      }))),
      !readOnly && textInput({ key: 'choices:new', label: '新的选项清单', placeholder: '新选项清单的英文编号，回车加入', write: (name) => {
        if (!/^\w+$/.test(name.trim())) return;
        if (!isMap(map.get('choices', true))) map.set('choices', document_.createNode({}));
        write(map.get('choices', true), name.trim(), ['选项一'], { redrawn: true });
      } }),
    ].filter(Boolean);
  };

  let asked = false;
  function draw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => whenReleased(() => {
      asked = false;
      if (typing(area) && document.activeElement.type !== 'search') return;
      const layout = LAYOUTS[stem];
      redraw(area, stem === 'region' ? region() : [
        h('div', { class: 'list-head' }, h('h2', {}, layout.title), h('input', { type: 'search', 'data-key': 'filter', 'aria-label': '筛选', placeholder: '筛选', value: filter, oninput: ({ target }) => { filter = target.value; draw(); } })),
        h('p', { class: 'hint' }, layout.hint), ...grid(document_.contents, layout, ''),
      ]);
    }));
  }

  const file = asText({
    content, session, shell,
    show: (words) => {
      document_ = parse(words);
      if (!document_.contents) document_.contents = document_.createNode(stem === 'region' ? {} : []);
      document.activeElement?.blur?.();
      draw();
    },
  });
  return {
    ...file.editor,
    select: (id) => {
      const found = area.querySelector(`tr[data-id="${CSS.escape(id)}"] :is(input, select, textarea)`);
      found?.focus();
      found?.scrollIntoView({ block: 'center' });
    },
    keys: [['Ctrl+Z / Ctrl+Y', '撤销／重做'], ['Tab', '下一格']],
  };
}
