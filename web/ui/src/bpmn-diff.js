// Two versions of a diagram, one above the other, with what was added, removed, changed or moved marked on both.
// <bpmn-diff data-before="address" data-after="address" data-changes='[{"element": "id", "change": "added|removed|changed|moved"}]'>;
// no address: the diagram did not exist, or exists no longer.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';

const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const WORDS = { added: '新增', removed: '删去', changed: '修改', moved: '移动' };
const SHOWN = { before: ['removed', 'changed', 'moved'], after: ['added', 'changed', 'moved'] };
const READABLE = 0.8;
const SHORT = 2000;
const LOWEST = 150;
const HIGHEST = 420;
const MARK = 88; // the mark of bpmn.io stands below the drawing, and as much room above
const made = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? '' });

async function drawing(address) {
  if (!address) return '';
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

export default async function mount(host) {
  const changes = JSON.parse(host.dataset.changes || '[]');
  const viewers = [];
  const panes = made('div', 'diff-panes');
  const list = made('ul', 'diff-list');
  host.replaceChildren(panes, list);

  const pane = async (side, words, xml) => {
    const figure = made('figure', 'diff-pane');
    const canvas = made('div', 'diff-canvas');
    figure.append(made('figcaption', '', words), canvas);
    panes.append(figure);
    if (!xml) {
      canvas.append(made('p', 'empty-list', side === 'before' ? '原来没有这个流程。' : '这个流程已删去。'));
      return;
    }
    const viewer = new NavigatedViewer({ container: canvas, textRenderer: { defaultStyle: { fontFamily: FONT }, externalStyle: { fontFamily: FONT } } });
    viewers.push(viewer);
    await viewer.importXML(xml);
    const view = viewer.get('canvas');
    const known = viewer.get('elementRegistry');
    for (const { element, change } of changes) if (SHOWN[side].includes(change) && known.get(element)) view.addMarker(element, `diff-${change}`);
    let width = 0;
    const sized = new ResizeObserver(() => {
      if (!canvas.clientWidth || canvas.clientWidth === width) return;
      width = canvas.clientWidth;
      const { inner } = view.viewbox();
      const high = inner.height * Math.min(1, width / Math.max(inner.width, 1)) + MARK;
      canvas.style.height = `${Math.round(Math.min(HIGHEST, Math.max(LOWEST, high)))}px`; // no taller than what is drawn
      view.resized();
      view.zoom('fit-viewport', 'auto');
    });
    sized.observe(canvas);
    viewer.on('diagram.destroy', () => sized.disconnect());
  };
  const over = () => viewers.forEach((viewer) => viewer.destroy());
  try {
    const [before, after] = await Promise.all([drawing(host.dataset.before), drawing(host.dataset.after)]);
    await pane('before', '原来', before);
    await pane('after', '现在', after);
  } catch {
    host.textContent = '流程图没有显示出来，请刷新页面重试；改动清单不受影响。';
    host.dataset.ready = 'failed';
    return over;
  }
  const find = (id) => viewers.map((viewer) => [viewer.get('canvas'), viewer.get('elementRegistry').get(id)]).filter(([, element]) => element);
  const show = (id) => {
    for (const [view, element] of find(id)) {
      if (view.zoom() < READABLE) view.zoom(READABLE);
      view.scrollToElement(element, 60);
      view.addMarker(id, 'diff-shown');
      setTimeout(() => view.removeMarker(id, 'diff-shown'), SHORT);
    }
  };
  for (const { element, change } of changes) {
    const found = find(element);
    if (!found.length) continue;
    const button = made('button', 'linkish', found.map(([, one]) => one.businessObject.name).find(Boolean) ?? element);
    button.type = 'button';
    button.addEventListener('click', () => show(element));
    const item = made('li', '');
    item.append(made('span', `tag diff-tag-${change}`, WORDS[change] ?? change), ' ', button);
    list.append(item);
  }
  host.dataset.ready = 'true';
  return over;
}
