// A diagram to look at: passed steps grey-green, the current ones marked, zoomed to fit; on a small screen to the current step.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';

const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const READABLE = 0.9;
const words = (text) => (text ?? '').split(/\s+/).filter(Boolean);

export default async function mount(host) {
  const canvas = document.createElement('div');
  canvas.className = 'bpmn-canvas';
  const bar = document.createElement('div');
  bar.className = 'bpmn-bar btn-group';
  host.replaceChildren(bar, canvas);
  const viewer = new NavigatedViewer({ container: canvas, textRenderer: { defaultStyle: { fontFamily: FONT }, externalStyle: { fontFamily: FONT } } });
  try {
    const answer = await fetch(host.dataset.src);
    if (!answer.ok) throw new Error(String(answer.status));
    await viewer.importXML(await answer.text());
  } catch {
    host.textContent = '流程图没有显示出来，请刷新页面重试；不影响办理。';
    host.dataset.ready = 'failed';
    return () => viewer.destroy();
  }
  const view = viewer.get('canvas');
  const known = viewer.get('elementRegistry');
  for (const [ids, marker] of [[words(host.dataset.done), 'done'], [words(host.dataset.now), 'now']])
    for (const id of ids) if (known.get(id)) view.addMarker(id, marker);
  const now = words(host.dataset.now).map((id) => known.get(id)).filter(Boolean);
  const fit = () => view.zoom('fit-viewport', 'auto');
  // labels must be readable: then the current step stands in the middle, but nothing beyond the drawing is shown
  const near = () => {
    fit();
    if (!now.length || view.zoom() >= READABLE) return;
    const { inner, outer } = view.viewbox();
    const size = { width: outer.width / READABLE, height: outer.height / READABLE };
    const start = (middle, whole, from, length) =>
      length <= whole ? from - (whole - length) / 2 : Math.min(Math.max(middle - whole / 2, from - 20), from + length + 20 - whole);
    view.viewbox({
      x: start(now[0].x + now[0].width / 2, size.width, inner.x, inner.width),
      y: start(now[0].y + now[0].height / 2, size.height, inner.y, inner.height),
      ...size,
    });
  };
  const button = (label, act) => {
    const one = document.createElement('button');
    one.type = 'button';
    one.className = 'btn btn-sm';
    one.textContent = label;
    one.addEventListener('click', act);
    bar.append(one);
  };
  button('放大', () => view.zoom(view.zoom() * 1.25));
  button('缩小', () => view.zoom(view.zoom() / 1.25));
  button('全图', fit);
  if (now.length) button('当前步骤', near);
  // a closed <details> has no size: wait until there is something to fit into
  let width = 0;
  const sized = new ResizeObserver(() => {
    if (!canvas.clientWidth || canvas.clientWidth === width) return;
    width = canvas.clientWidth;
    view.resized();
    near();
    host.dataset.ready = 'true';
  });
  sized.observe(canvas);
  return () => {
    sized.disconnect();
    viewer.destroy();
  };
}
