// Dialogs: two people changed the same file; which keys there are.
import { field, selectInput } from './controls.js';
import { ask, h, moment } from './dom.js';

const MOST = 4000;

/** Two texts line by line: [{ kind: 'same'|'mine'|'theirs', text }]. Long texts are compared by their middle only. */
export function compare(theirs, mine) {
  const [a, b] = [theirs.split('\n'), mine.split('\n')];
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) from += 1;
  let [endA, endB] = [a.length, b.length];
  while (endA > from && endB > from && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  const [x, y] = [a.slice(from, endA), b.slice(from, endB)];
  const middle = [];
  if (x.length * y.length > MOST * MOST / 4) middle.push(...x.map((text) => ({ kind: 'theirs', text })), ...y.map((text) => ({ kind: 'mine', text })));
  else {
    const table = Array.from({ length: x.length + 1 }, () => new Uint32Array(y.length + 1));
    for (let i = x.length - 1; i >= 0; i -= 1)
      for (let j = y.length - 1; j >= 0; j -= 1) table[i][j] = x[i] === y[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    let [i, j] = [0, 0];
    while (i < x.length || j < y.length) {
      if (i < x.length && j < y.length && x[i] === y[j]) {
        middle.push({ kind: 'same', text: x[i] });
        [i, j] = [i + 1, j + 1];
      } else if (j >= y.length || (i < x.length && table[i + 1][j] >= table[i][j + 1])) middle.push({ kind: 'theirs', text: x[(i += 1) - 1] });
      else middle.push({ kind: 'mine', text: y[(j += 1) - 1] });
    }
  }
  const around = (lines) => lines.map((text) => ({ kind: 'same', text }));
  return [...around(a.slice(Math.max(0, from - 3), from)), ...middle, ...around(a.slice(endA, endA + 3))];
}

let open = false;
export async function showConflict(session, theirs) {
  if (open) return;
  open = true;
  const who = theirs.by ? `${theirs.by}${theirs.at ? `（${moment(theirs.at)}）` : ''}` : '另一位管理员';
  const lines = h('pre', { class: 'compare', hidden: true }, compare(theirs.content, session.content).map(({ kind, text }) =>
    h('span', { class: `line ${kind}` }, `${{ same: '　', mine: '我的 ', theirs: '对方 ' }[kind]}${text}\n`)));
  const body = [
    h('p', {}, `您打开这个文件以后，${who}保存了新的内容。您的修改还在本机，没有丢失。`),
    h('p', {}, '用我的：以您现在的内容为准，对方的内容留在草稿的修改记录里。用对方的：显示对方的内容，您的修改仍可取回。'),
    h('button', { type: 'button', class: 'btn', onclick: ({ target }) => { lines.hidden = !lines.hidden; target.textContent = lines.hidden ? '对比两份内容' : '收起对比'; } }, '对比两份内容'),
    lines,
  ];
  const chosen = await ask('这个文件已被别人修改', body, [{ value: 'theirs', label: '用对方的' }, { value: 'mine', label: '用我的', primary: true }, { value: '', label: '稍后再定' }], { wide: true });
  open = false;
  if (chosen === 'mine') await session.keepMine();
  else if (chosen === 'theirs') session.takeTheirs();
}

const KINDS = [
  ['流程图', (name) => `${name}.bpmn`], ['决策表', (name) => `${name}.dmn`], ['表单', (name) => `forms/${name}.json`], ['场景', (name) => `scenarios/${name}.yaml`],
];

/** Asks for a kind and a name; answers the path of the new file, or nothing. */
export async function askNew(files) {
  const kind = selectInput({ key: 'new-kind', options: KINDS.map(([words], n) => [String(n), words]), value: '0', write: () => judge() });
  const name = h('input', { type: 'text', 'data-key': 'new-name', autocomplete: 'off', spellcheck: 'false' });
  const said = h('p', { class: 'hint', role: 'status' });
  const path = () => KINDS[Number(kind.value)][1](name.value.trim());
  const judge = () => {
    const good = /^[a-z][a-z0-9_]{0,50}$/.test(name.value.trim());
    const taken = good && files.some((one) => one.path === path());
    said.textContent = !name.value ? '' : !good ? '只用英文小写字母、数字和下划线，以字母开头。' : taken ? `已有 ${path()}，将打开它。` : `将新建 ${path()}。`;
    said.className = good ? 'hint' : 'hint wrong';
    return good;
  };
  name.addEventListener('input', judge);
  name.addEventListener('keydown', (event) => event.key === 'Enter' && judge() && name.closest('dialog').close('make'));
  const chosen = await ask('新建文件', [field('种类', kind), field('英文编号', name, { hint: '文件名，也是流程、表单的编号，如 hearing' }), said], [{ value: '', label: '取消' }, { value: 'make', label: '新建', primary: true }]);
  return chosen === 'make' && judge() ? path() : '';
}

/** Whether the file may go. */
export const askRemove = async (path) =>
  (await ask('从草稿里删去这个文件？', [h('p', {}, `${path} 不再属于这份草稿。引用它的地方，检查会指出来。已保存的内容仍留在草稿的修改记录里。`)], [{ value: '', label: '不删' }, { value: 'remove', label: '删去', primary: true }])) === 'remove';

export function showHelp(keys) {
  const rows = [['Ctrl+S', '立即保存（平时自动保存）'], ['F1', '打开本说明'], ...keys];
  return ask('快捷键', h('table', { class: 'keys' }, h('tbody', {}, rows.map(([key, words]) => h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, key)), h('td', {}, words))))), [{ value: '', label: '关闭', primary: true }]);
}
