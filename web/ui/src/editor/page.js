// The editor's page: one file of a draft. The shell keeps state, findings and dialogs; what edits the file is loaded by its kind.
import { api as open } from './api.js';
import { askNew, askRemove, showConflict, showHelp } from './dialogs.js';
import { h, moment } from './dom.js';
import { Findings } from './findings.js';
import { Session } from './session.js';
import { vocabulary } from './vocabulary.js';

const begun = performance.now();
const root = document.getElementById('editor');
const { draft, path, element } = root.dataset;
const here = (file, part) => `/drafts/${encodeURIComponent(draft)}/edit?${new URLSearchParams({ path: file, ...(part ? { element: part } : {}) })}`;
const KINDS = [
  [/\.bpmn$/, () => import('./bpmn/index.js')],
  [/\.dmn$/, () => import('./dmn/index.js')],
  [/(^|\/)forms\/[^/]+\.json$/, () => import('./form/index.js')],
  [/(^|\/)(offices|materials|rounds|region|clauses)\.yaml$/, () => import('./table/index.js')],
  [/./, () => import('./text.js')],
];
const loader = KINDS.find(([pattern]) => pattern.test(path))[1];

const api = open(draft);
const session = new Session(api, path, { place: root.dataset.place, fresh: root.dataset.fresh === 'true' });
const byId = (id) => document.getElementById(id);
const [status, undo, redo, tools, host, side, presence] = ['status', 'undo', 'redo', 'tools', 'work', 'panel', 'presence'].map(byId);
let editor;

const shell = {
  here,
  links: {
    open: (file, words) => h('a', { href: here(file) }, words),
    procedure: (id) => h('a', { href: here(`${fileOf(id)}.bpmn`) }, '打开被调用的流程'),
    table: (id) => h('a', { href: here(`${fileOf(id)}.dmn`) }, '打开决策表'),
  },
  files: [],
  undoable(canUndo, canRedo) {
    undo.disabled = session.readOnly || !canUndo;
    redo.disabled = session.readOnly || !canRedo;
  },
  tools(list) {
    tools.replaceChildren(...list.map(([words, act, icon]) => h('button', { type: 'button', class: 'btn', onclick: act, title: words, 'aria-label': words }, icon ?? words)));
  },
  /** Editors without a panel of their own use the whole width. */
  wide: () => root.classList.add('no-panel'),
};
const place = root.dataset.place;
/** `national_filing` → national/filing, `<place>_pre_review` → pre_review: ids and file names are the same words. */
const fileOf = (id) => (id.startsWith('national_') ? `national/${id.slice(9)}` : id.startsWith(`${place}_`) ? id.slice(place.length + 1) : id);

const findings = new Findings(byId('findings'), {
  path, place,
  select: (id) => editor?.select?.(id),
  address: here,
  again: () => session.checkNow(),
});

session.addEventListener('state', ({ detail }) => {
  root.dataset.state = detail.state;
  status.className = `status ${detail.state}`;
  status.textContent = detail.words;
});
session.addEventListener('findings', ({ detail }) => {
  const mine = findings.show(detail);
  editor?.mark?.(mine);
});
session.addEventListener('presence', ({ detail }) => {
  const others = (detail.others ?? []).filter((one) => one.path === path);
  presence.hidden = !others.length;
  presence.textContent = others.length
    ? `${others.map((one) => `${one.name}（${moment(one.at)}）`).join('、')}也打开了这个文件。两人同时修改时，后保存的一方会收到提示，内容不会丢失。` : '';
});
session.addEventListener('conflict', ({ detail }) => showConflict(session, detail.theirs));
session.addEventListener('content', async ({ detail }) => {
  await editor.show(detail.content);
  if (detail.mine) byId('mine').hidden = false;
});
byId('mine').addEventListener('click', async () => {
  const mine = session.setAside();
  byId('mine').hidden = true;
  session.forgetAside();
  if (mine === undefined) return;
  await editor.show(mine);
  session.changed(mine);
});

const typing = (target) => target.closest?.('input, textarea, select, [contenteditable=true]');
document.addEventListener('keydown', (event) => {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && key === 's') {
    event.preventDefault();
    save();
  } else if (command && (key === 'z' || key === 'y') && !typing(event.target) && !event.defaultPrevented && !event.target.closest?.('.canvas')) {
    event.preventDefault();
    if (key === 'y' || event.shiftKey) editor?.redo?.();
    else editor?.undo?.();
  } else if (event.key === 'F1') {
    event.preventDefault();
    showHelp(editor?.keys ?? []);
  }
});
const save = async () => {
  document.activeElement?.blur?.();
  await session.saveNow(editor?.settle);
  if (session.theirs) showConflict(session, session.theirs);
};
undo.addEventListener('click', () => editor?.undo?.());
redo.addEventListener('click', () => editor?.redo?.());
byId('save').addEventListener('click', save);
byId('help').addEventListener('click', () => showHelp(editor?.keys ?? []));
byId('new').addEventListener('click', async () => {
  const made = await askNew(shell.files);
  if (!made) return;
  await save();
  if (!session.theirs) location.href = here(made);
});
byId('remove').addEventListener('click', async () => {
  if (!(await askRemove(path))) return;
  await session.leave();
  try {
    if (session.revision) await api.remove(path, session.revision);
    location.href = `/drafts/${encodeURIComponent(draft)}`;
  } catch (error) {
    session.state('refused', `${error.message}${error.todo ?? ''}`);
  }
});
byId('files').addEventListener('change', async ({ target }) => {
  await save();
  if (!session.theirs) location.href = here(target.value);
});

async function begin() {
  const vocab = api.vocabulary();
  api.files().catch(() => []).then(listFiles);
  session.load().catch(() => {}); // under way while the editor's code arrives; mount waits for it and tells what went wrong
  const module = await loader();
  editor = await module.default({ host, side, session, vocab: vocabulary(await vocab), api, shell });
  root.editor = editor; // for the console and for tests
  session.start();
  byId('new').hidden = byId('remove').hidden = session.readOnly;
  byId('remove').hidden ||= /^[^/]*\.yaml$|^national\//.test(path);
  if (element) editor.select?.(element);
  root.dataset.ready = 'true';
  root.dataset.took = Math.round(performance.now() - begun);
}

const GROUPS = [['流程图', /\.bpmn$/], ['决策表', /\.dmn$/], ['表单', /forms\//], ['岗位、材料、批次、条款', /^[^/]*\.yaml$/], ['场景', /scenarios\//]];
function listFiles(files) {
  shell.files = files;
  const list = byId('files');
  const option = (one) => {
    const made = h('option', { value: one.path }, `${one.changed ? '● ' : ''}${one.title || one.path}${one.read_only ? '（只读）' : ''}`);
    made.selected = one.path === path;
    return made;
  };
  const groups = GROUPS.map(([words, pattern]) => [words, files.filter((one) => pattern.test(one.path))]).filter(([, found]) => found.length);
  list.replaceChildren(...groups.map(([words, found]) => h('optgroup', { label: words }, found.map(option))));
  if (!files.some((one) => one.path === path)) list.prepend(option({ path, title: `${path}（新文件）` }));
}

begin().catch((error) => {
  root.dataset.ready = 'failed';
  status.className = 'status refused';
  status.textContent = `没有打开：${error.message}${error.todo ?? ''}`;
  host.replaceChildren(h('div', { class: 'broken', role: 'alert' }, h('h2', {}, '这个文件没有打开'), h('p', {}, `${error.message}${error.todo ?? ''}`),
    h('p', {}, '文件没有改动。可以刷新重试，也可以回到草稿查看问题清单。')));
});
