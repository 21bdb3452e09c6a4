// Opens diagrams with the readers of bpmn-js and Camunda Modeler and writes them again:
//   node moddle.mjs FILE...     → one line of JSON: [{ file, readers, warnings, xml }]
// Warnings and the written XML go back to the test, which compares it with the file.
import { readFileSync } from 'node:fs';
import { BpmnModdle } from 'bpmn-moddle';

const json = path => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const ours = { lianshen: json('../lianshen-moddle.json') };
const others = {
  camunda: json('./node_modules/camunda-bpmn-moddle/resources/camunda.json'),
  zeebe: json('./node_modules/zeebe-bpmn-moddle/resources/zeebe.json'),
};
// ours as the editor has them; Camunda Modeler knows its own packages only, or with ours as a plugin
const editor = { ...ours, spiffworkflow: json('../spiffworkflow-moddle.json') };
const READERS = {
  bare: {}, editor, camunda: { camunda: others.camunda }, zeebe: { zeebe: others.zeebe },
  'camunda with ours': { camunda: others.camunda, ...editor }, 'zeebe with ours': { zeebe: others.zeebe, ...editor },
};

const out = [];
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  for (const [readers, packages] of Object.entries(READERS)) {
    const moddle = new BpmnModdle(packages);
    try {
      const { rootElement, warnings } = await moddle.fromXML(text);
      const { xml } = await moddle.toXML(rootElement, { format: true });
      out.push({ file, readers, warnings: warnings.map(w => w.message), xml });
    } catch (error) {
      out.push({ file, readers, warnings: [String(error)], xml: '' });
    }
  }
}
process.stdout.write(JSON.stringify(out));
