// What a new file begins with, by its kind; nothing for files that cannot be begun here.
const bpmn = (place, name) => `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:lianshen="urn:lianshen:1" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="${name}_definitions" targetNamespace="urn:lianshen:${place}">
  <collaboration id="${name}_collaboration">
    <participant id="${name}_pool" name="新流程" processRef="${place}_${name}"/>
  </collaboration>
  <process id="${place}_${name}" name="新流程" isExecutable="true">
    <extensionElements><lianshen:procedure kind="side" title="新流程" starters="owner"/></extensionElements>
    <laneSet id="${name}_lanes">
      <lane id="owner" name="项目建设单位">
        <flowNodeRef>start</flowNodeRef>
        <flowNodeRef>done</flowNodeRef>
      </lane>
    </laneSet>
    <startEvent id="start" name="开始"/>
    <endEvent id="done" name="办结"/>
    <sequenceFlow id="start__done" sourceRef="start" targetRef="done"/>
  </process>
  <bpmndi:BPMNDiagram id="picture">
    <bpmndi:BPMNPlane id="plane" bpmnElement="${name}_collaboration">
      <bpmndi:BPMNShape id="${name}_pool_di" bpmnElement="${name}_pool" isHorizontal="true"><dc:Bounds x="160" y="80" width="720" height="200"/></bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="owner_di" bpmnElement="owner" isHorizontal="true"><dc:Bounds x="190" y="80" width="690" height="200"/></bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="start_di" bpmnElement="start"><dc:Bounds x="252" y="162" width="36" height="36"/></bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="done_di" bpmnElement="done"><dc:Bounds x="792" y="162" width="36" height="36"/></bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="start__done_di" bpmnElement="start__done"><di:waypoint x="288" y="180"/><di:waypoint x="792" y="180"/></bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</definitions>
`;
const dmn = (place, name) => `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="${name}_definitions" name="新决策表" namespace="urn:lianshen:${place}">
  <decision id="${place}_${name}" name="新决策表">
    <decisionTable id="${name}_table" hitPolicy="UNIQUE">
      <input id="${name}_input" label="资金估算（万元）">
        <inputExpression id="${name}_expression" typeRef="number"><text>amount("estimate")</text></inputExpression>
      </input>
      <output id="${name}_output" label="结论" name="outcome" typeRef="string"/>
      <rule id="every">
        <description></description>
        <inputEntry id="every_input"><text>-</text></inputEntry>
        <outputEntry id="every_output"><text>"结论"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>
`;
const form = () => `${JSON.stringify({ title: '新表单', type: 'object', properties: {}, required: [], additionalProperties: false }, null, 2)}\n`;
const scenario = () => 'title: 新场景\nclauses: []\ngiven:\n  procedure: project\n  on: 2026-03-02\nwhen: []\nthen: {}\n';
const KINDS = [[/^([a-z][a-z0-9_]*)\.bpmn$/, bpmn], [/^([a-z][a-z0-9_]*)\.dmn$/, dmn], [/^forms\/([a-z][a-z0-9_]*)\.json$/, form], [/^scenarios\/([a-z_][a-z0-9_-]*)\.yaml$/, scenario], [/^(materials|rounds)\.yaml$/, () => '[]\n']];

export function begun(path, place = '') {
  for (const [pattern, make] of KINDS) {
    const found = pattern.exec(path);
    if (found) return make(place, found[1]);
  }
  return undefined;
}
