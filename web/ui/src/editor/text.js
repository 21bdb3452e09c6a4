// Files without an editor of their own (scenarios): plain text, with what YAML itself finds wrong.
import { debounce, h } from './dom.js';
import { textInput } from './controls.js';

export default async function mount({ host, session, shell }) {
  shell.wide();
  const content = await session.load();
  const wrong = h('p', { class: 'hint wrong', role: 'status' });
  const judge = debounce(async (text) => {
    if (!session.path.endsWith('.yaml')) return;
    const { parseDocument } = await import('yaml');
    const [error] = parseDocument(text).errors;
    wrong.textContent = error ? `第 ${error.linePos?.[0].line ?? '?'} 行的写法不对，请检查缩进、冒号和引号。` : '';
  }, 300);
  const area = textInput({
    key: 'text', value: content, area: true, mono: true, readOnly: session.readOnly, label: `${session.path} 的内容`,
    write: (text) => { session.changed(text); judge(text); },
  });
  area.classList.add('whole');
  area.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab' || event.shiftKey || session.readOnly || !event.ctrlKey) return;
    event.preventDefault();
    area.setRangeText('  ', area.selectionStart, area.selectionEnd, 'end');
  });
  host.append(h('div', { class: 'text-editor' }, wrong, area));
  judge(content);
  shell.undoable(false, false);
  return {
    show: (text) => { area.value = text; },
    select: () => area.focus(),
    keys: [['Ctrl+Z / Ctrl+Y', '撤销／重做'], ['Ctrl+Tab', '插入两个空格']],
  };
}
