// The decision-table editor: dmn-js in Chinese, with our notation explained beside it.
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn-embedded.css';
import { debounce, h } from '../dom.js';
import translations from '../translate.js';
import dictionary from '../zh-dmn.js';
import { Tables, offerPolicies } from './table.js';

const EXAMPLES = [
  ['< 30', '不到 30（不含）'], ['>= 30', '30 以上（含）'], ['30 <= ? < 400', '30（含）到 400（不含）'], ['"建设类"', '等于这个词；文字加英文双引号'],
  ['"建设类","维护类"', '其中任何一个'], ['true', '是'], ['false', '否'], ['-', '不限（也可以不写）'],
];

export default async function mount({ host, side, session, shell }) {
  const content = await session.load();
  const box = h('div', { class: 'dmn-box' });
  host.append(box);
  const chinese = { additionalModules: [translations(dictionary)] };
  const manager = new Tables({
    container: box,
    common: {
      expressionLanguages: { options: [{ value: 'python', label: '联审写法' }], defaults: { editor: 'python' } },
      dataTypes: ['string', 'number', 'boolean', 'date'],
    },
    decisionTable: chinese,
  });
  let original = '';
  let stack;
  const rows = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, rows];

  const written = async () => {
    if (!stack?.canUndo()) return session.changed(original);
    const { xml } = await manager.saveXML({ format: true });
    return session.changed(xml);
  };
  const later = debounce(written, 150);
  const show = async (xml) => {
    original = xml;
    offerPolicies(xml);
    await manager.importXML(xml);
    const viewer = manager.getActiveViewer();
    if (!viewer) throw new Error('这个文件里没有决策表。');
    stack = viewer.get('commandStack');
    viewer.on('commandStack.changed', () => {
      shell.undoable(stack.canUndo(), stack.canRedo());
      later();
    });
    if (session.readOnly) viewer.on('commandStack.canExecute', 10000, () => false);
  };
  await show(content);
  if (session.readOnly) box.classList.add('read-only');

  const notes = h('div', {});
  side.append(
    h('div', { class: 'panel-head' }, h('p', { class: 'kind' }, '决策表'), h('h2', {}, '怎样填')), notes,
    h('div', { class: 'panel-text' },
      h('p', {}, '每一行是一条规则：条件都符合时，得出右边的结论。右键单击表格，可以增加、删去、复制行和列；双击列名修改条件。'),
      h('h3', {}, '条件格的写法'),
      h('table', { class: 'keys' }, h('tbody', {}, EXAMPLES.map(([cell, words]) => h('tr', {}, h('th', { scope: 'row' }, h('code', {}, cell)), h('td', {}, words))))),
      h('h3', {}, '说明列'), h('p', {}, '写条号、中文和条款编号，办理页面会显示命中的是哪一行，如：第六条 30万元（不含）以下 [JJ-06-30wan]。'),
      h('h3', {}, '不能重叠、不能遗漏'), h('p', {}, '命中策略为“唯一”时，检查会逐段核对“含”与“不含”，重叠或遗漏的金额会列在下方。金额单位一律是万元。')));
  return {
    show,
    select(id) {
      const cell = box.querySelector(`[data-row-id="${CSS.escape(id)}"], [data-element-id="${CSS.escape(id)}"]`);
      cell?.scrollIntoView({ block: 'center' });
      cell?.click();
    },
    undo: () => stack.canUndo() && stack.undo(),
    redo: () => stack.canRedo() && stack.redo(),
    settle: async () => { later.cancel(); await new Promise((done) => setTimeout(done, 350)); await written(); },
    mark(found) {
      const ids = [...new Set(found.map((one) => one.element).filter(Boolean))];
      rows.replaceSync(ids.map((id) => `[data-row-id="${CSS.escape(id)}"] { background: #fdf0ef; }`).join('\n'));
      notes.replaceChildren(...found.slice(0, 3).map((one) => h('div', { class: `panel-finding ${one.severity}` }, h('strong', {}, one.message), one.todo && h('p', {}, one.todo))));
    },
    manager,
    keys: [['Ctrl+Z / Ctrl+Y', '撤销／重做'], ['Tab / Shift+Tab', '下一格／上一格'], ['Enter', '下一行'], ['Ctrl+Enter', '格内换行'], ['右键', '行和列的操作']],
  };
}
