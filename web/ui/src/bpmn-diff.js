// Two versions of a diagram, one above the other, with what was added, removed, changed or moved marked on both.
// <bpmn-diff data-old="address" data-new="address"> with a child <script type="application/json">[{"element", "change", "words"?}]</script>;
// the texts may also be given there: {"old": xml, "new": xml, "changes": […]}. An empty text: the diagram did not exist.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';

const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const WORDS = { added: '新增', removed: '删去', changed: '修改', moved: '移动' };
const SHOWN = { old: ['removed', 'changed', 'moved'], new: ['added', 'changed', 'moved'] };
const made = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? '' });

async function texts(host, given) {
  if (given.old !== undefined || given.new !== undefined) return [given.old ?? '', given.new ?? ''];
  return Promise.all([host.dataset.old, host.dataset.new].map(async (address) => {
    if (!address) return '';
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  }));
}

export default async function mount(host) {
  const data = JSON.parse(host.querySelector('script[type="application/json"]')?.textContent ?? '[]');
  const given = Array.isArray(data) ? { changes: data } : data;
  const changes = given.changes ?? [];
  const viewers = [];
  const list = made('ul', 'diff-list');
  const panes = made('div', 'diff-panes');
  host.replaceChildren(panes, list);

  const pane = async (side, words, xml) => {
    const figure = made('figure', 'diff-pane');
    const canvas = made('div', 'diff-canvas');
    figure.append(made('figcaption', '', words), canvas);
    panes.append(figure);
    if (!xml) {
      canvas.append(made('p', 'empty-list', side === 'old' ? '原来没有这个流程。' : '这个流程已删去。'));
      return;
    }
    const viewer = new NavigatedViewer({ container: canvas, textRenderer: { defaultStyle: { fontFamily: FONT }, externalStyle: { fontFamily: FONT } } });
    await viewer.importXML(xml);
    const view = viewer.get('canvas');
    const known = viewer.get('elementRegistry');
    for (const { element, change } of changes) if (SHOWN[side].includes(change) && known.get(element)) view.addMarker(element, `diff-${change}`);
    let width = 0;
    const sized = new ResizeObserver(() => {
      if (!canvas.clientWidth || canvas.clientWidth === width) return;
      width = canvas.clientWidth;
      view.resized();
      view.zoom('fit-viewport', 'auto');
    });
    sized.observe(canvas);
    viewers.push({ viewer, view, known, sized });
  };
  try {
    const [before, after] = await texts(host, given);
    await pane('old', host.dataset.oldTitle || '原来', before);
    await pane('new', host.dataset.newTitle || '现在', after);
  } catch {
    host.textContent = '流程图没有显示出来，请刷新页面重试；改动清单不受影响。';
    host.dataset.ready = 'failed';
    return () => viewers.forEach(({ viewer }) => viewer.destroy());
  }
  const show = (id) => {
    for (const { view, known } of viewers) {
      const element = known.get(id);
      if (!element) continue;
      if (view.zoom() < 0.8) view.zoom(0.8);
      view.scrollToElement(element, 60);
      view.addMarker(id, 'diff-shown');
      setTimeout(() => view.removeMarker(id, 'diff-shown'), 2000);
    }
  };
  for (const { element, change, words } of changes) {
    const name = viewers.map(({ known }) => known.get(element)?.businessObject.name).find(Boolean) ?? element;
    const item = made('li', '');
    const button = made('button', 'linkish', words || name);
    button.type = 'button';
    button.addEventListener('click', () => show(element));
    item.append(made('span', `tag diff-tag-${change}`, WORDS[change] ?? change), ' ', button);
    list.append(item);
  }
  host.dataset.ready = 'true';
  return () => viewers.forEach(({ viewer, sized }) => {
    sized.disconnect();
    viewer.destroy();
  });
}
