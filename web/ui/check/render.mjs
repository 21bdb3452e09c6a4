// Draws BPMN files as PNG with bpmn-js in headless Chromium, for a look at the layout:
//   node render.mjs OUT_DIR FILE...        (CHROMIUM=/path/to/chromium, default "chromium")
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const viewer = readFileSync(join(here, 'node_modules/bpmn-js/dist/bpmn-viewer.production.min.js'), 'utf8');
const [out, ...files] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const work = mkdtempSync(join(tmpdir(), 'render-'));
for (const file of files) {
  const xml = readFileSync(file, 'utf8');
  const bounds = [...xml.matchAll(/Bounds x="(-?[\d.]+)" y="(-?[\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(m => m.slice(1).map(Number));
  const width = Math.max(400, ...bounds.map(b => b[0] + b[2])) + 40;
  const height = Math.max(200, ...bounds.map(b => b[1] + b[3])) + 40;
  const page = join(work, 'page.html');
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><style>body{margin:0}#c{width:${width}px;height:${height}px}.bjs-powered-by{display:none}</style><div id="c"></div>
<script>${viewer.replaceAll('</script', '<\\/script')}</script>
<script>new BpmnJS({ container: '#c', textRenderer: { defaultStyle: { fontFamily: '"Noto Sans CJK SC", sans-serif' } } }).importXML(${JSON.stringify(xml).replaceAll('<', '\\u003c')})
.then(({ warnings }) => { if (warnings.length) document.title = warnings.join(' | '); }, error => document.body.append(String(error)));</script>`);
  const target = join(out, basename(file).replace(/\.bpmn$/, '') + '.png');
  execFileSync(process.env.CHROMIUM || 'chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${join(work, 'profile')}`,
    `--window-size=${Math.ceil(width)},${Math.ceil(height)}`, '--virtual-time-budget=5000', `--screenshot=${target}`, pathToFileURL(page).href], { stdio: 'ignore' });
  console.log(target);
}
rmSync(work, { recursive: true, force: true });
