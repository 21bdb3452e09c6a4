// The diagram editor: bpmn-js with our notes, our panel, our menus, in Chinese.
import Modeler from 'bpmn-js/lib/Modeler';
import minimapModule from 'diagram-js-minimap';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import lianshen from '../../../lianshen-moddle.json';
import spiffworkflow from '../../../spiffworkflow-moddle.json';
import { debounce, h } from '../dom.js';
import translations from '../translate.js';
import dictionary from '../zh-bpmn.js';
import menus, { addDeadline, insertPart } from './menus.js';
import { Model } from './model.js';
import { Panel } from './panel.js';

const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const STEP = 1.2;
const READABLE = 0.75;

export default async function mount({ host, side, session, vocab, api, shell }) {
  const content = await session.load();
  const canvasHost = h('div', { class: 'canvas', role: 'application', 'aria-label': '流程图，用方向键移动，Ctrl+F 查找元素' });
  host.append(canvasHost);
  const config = { insertPart: (event) => insertPart(modeler, model, vocab, event) };
  const modeler = new Modeler({
    container: canvasHost,
    additionalModules: [minimapModule, translations(dictionary), menus],
    moddleExtensions: { lianshen, spiffworkflow },
    textRenderer: { defaultStyle: { fontFamily: FONT }, externalStyle: { fontFamily: FONT } },
    lianshen: config,
  });
  const model = new Model(modeler);
  const [canvas, registry, selection, stack, overlays] = ['canvas', 'elementRegistry', 'selection', 'commandStack', 'overlays'].map((one) => modeler.get(one));
  let original = '';
  let marked = [];
  let findings = [];

  const select = (id) => {
    const element = registry.get(id);
    if (!element) return false;
    selection.select(element);
    canvas.scrollToElement(element, { top: 80, bottom: 80, left: 120, right: 180 });
    return true;
  };
  const panel = new Panel(side, {
    model, vocab, api, readOnly: session.readOnly, select, links: shell.links,
    addDeadline: (step) => select(addDeadline(modeler, model, step).id),
    findingsOf: (element) => findings.filter((one) => one.element === element.id).map((one) =>
      h('div', { class: `panel-finding ${one.severity}` }, h('strong', {}, one.message), one.todo && h('p', {}, one.todo))),
  }, modeler);

  /** The whole drawing beside the palette; with `least`, at least that large and then from its beginning. */
  const fit = (least = 0) => {
    const { inner, outer } = canvas.viewbox();
    const [left, rest] = [session.readOnly ? 20 : 90, 30];
    const scale = Math.max(least, Math.min(1, (outer.width - left - rest) / inner.width, (outer.height - 2 * rest) / inner.height));
    canvas.viewbox({ x: inner.x - left / scale, y: inner.y - rest / scale, width: outer.width / scale, height: outer.height / scale });
  };
  const show = async (xml) => {
    original = xml;
    await modeler.importXML(xml);
    fit(READABLE);
  };
  const written = async () => {
    if (!stack.canUndo()) return session.changed(original);
    const { xml } = await modeler.saveXML({ format: true });
    return session.changed(xml);
  };
  const later = debounce(written, 150);
  modeler.on('commandStack.changed', () => {
    later();
    shell.undoable(stack.canUndo(), stack.canRedo());
  });
  await show(content);
  if (session.readOnly) {
    canvasHost.classList.add('read-only');
    modeler.on('commandStack.canExecute', 10000, () => false);
    modeler.on('directEditing.activate', 10000, () => modeler.get('directEditing').cancel());
  }

  shell.tools([
    ['放大', () => canvas.zoom(canvas.zoom() * STEP), '＋'],
    ['缩小', () => canvas.zoom(canvas.zoom() / STEP), '－'],
    ['全图', () => fit()],
    ['缩略图', () => modeler.get('minimap').toggle()],
    ['查找', () => modeler.get('searchPad').toggle()],
    ...(session.readOnly ? [] : [['插入通用流程', (event) => insertPart(modeler, model, vocab, event)]]),
  ]);

  return {
    show,
    select,
    undo: () => stack.canUndo() && stack.undo(),
    redo: () => stack.canRedo() && stack.redo(),
    settle: async () => { later.cancel(); await written(); },
    mark(found) {
      findings = found;
      for (const [id, marker] of marked) if (registry.get(id)) canvas.removeMarker(id, marker);
      overlays.remove({ type: 'finding' });
      marked = [];
      for (const id of new Set(found.map((one) => one.element).filter((one) => one && registry.get(one)))) {
        const here = found.filter((one) => one.element === id);
        const marker = here.some((one) => one.severity === 'error') ? 'has-error' : 'has-warning';
        canvas.addMarker(id, marker);
        marked.push([id, marker]);
        const element = registry.get(id);
        if (!element.waypoints || element.label)
          overlays.add(id, 'finding', { position: { top: -10, left: -10 }, html: h('span', { class: `finding-mark ${marker}`, title: here.map((one) => one.message).join('\n') }, String(here.length)) });
      }
      panel.render();
    },
    keys: [
      ['Ctrl+Z / Ctrl+Y', '撤销／重做'], ['Ctrl+F', '在图中查找'], ['Ctrl+C / Ctrl+V', '复制／粘贴'], ['Delete', '删除选中的元素'], ['方向键', '移动选中的元素（加 Shift 移得更多）'],
      ['E', '改名称'], ['R', '更换类型'], ['C', '连线'], ['L', '框选'], ['H', '平移画布'], ['S', '加宽或收窄空白'], ['Ctrl+A', '全选'], ['Ctrl+滚轮', '缩放'], ['Ctrl+0', '恢复原大小'],
    ],
    modeler,
  };
}
