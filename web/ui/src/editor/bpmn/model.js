// Our notes on a diagram (extension elements in urn:lianshen:1 and what SpiffWorkflow reads), read and written as single undoable steps.
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';

export { getBusinessObject, is, isAny };

class Together {
  preExecute({ act }) {
    act();
  }
}

export class Model {
  constructor(modeler) {
    this.modeler = modeler;
    this.modeling = modeler.get('modeling');
    this.registry = modeler.get('elementRegistry');
    this.factory = modeler.get('bpmnFactory');
    this.moddle = modeler.get('moddle');
    this.stack = modeler.get('commandStack');
    this.stack.registerHandler('lianshen.together', Together);
  }

  /** Several changes as one step of undo. */
  together(act) {
    this.stack.execute('lianshen.together', { act });
  }

  /** What carries the notes: the process for a pool or the canvas, else the element itself. */
  owner(element) {
    const one = getBusinessObject(element);
    return is(one, 'bpmn:Participant') ? one.processRef ?? one : one;
  }

  notes(element, type) {
    return (this.owner(element).extensionElements?.values ?? []).filter((one) => one.$type === type);
  }

  note(element, type) {
    return this.notes(element, type)[0];
  }

  set(element, object, properties) {
    this.modeling.updateModdleProperties(element, object, properties);
  }

  /** Writes the list of extension elements; an empty list leaves nothing behind. */
  values(element, values) {
    const owner = this.owner(element);
    const found = owner.extensionElements;
    if (!values.length) return found && this.set(element, owner, { extensionElements: undefined });
    if (!found) {
      const made = this.factory.create('bpmn:ExtensionElements', { values });
      made.$parent = owner;
      for (const one of values) one.$parent = made;
      return this.set(element, owner, { extensionElements: made });
    }
    for (const one of values) one.$parent = found;
    return this.set(element, found, { values });
  }

  add(element, type, attributes) {
    const all = this.owner(element).extensionElements?.values ?? [];
    const same = all.map((one) => one.$type).lastIndexOf(type);
    const made = this.moddle.create(type, attributes);
    const at = same >= 0 ? same + 1 : type === 'lianshen:Clause' ? 0 : all.length;
    this.values(element, [...all.slice(0, at), made, ...all.slice(at)]);
    return made;
  }

  remove(element, object) {
    this.values(element, (this.owner(element).extensionElements?.values ?? []).filter((one) => one !== object));
  }

  /** One note of its kind: made when needed, gone when nothing is left in it. */
  put(element, type, attributes) {
    const found = this.note(element, type);
    const clean = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value === '' || value === false ? undefined : value]));
    if (!found) {
      if (Object.values(clean).some((value) => value !== undefined)) this.add(element, type, clean);
      return;
    }
    const left = found.$descriptor.properties.some(({ name }) => (name in clean ? clean[name] : found.get(name.split(':').pop())) !== undefined);
    if (left) this.set(element, found, clean);
    else this.remove(element, found);
  }

  /** An expression such as a condition or a date: element.property = <FormalExpression>body</…>, or nothing. */
  expression(element, object, property, body) {
    const found = object.get(property);
    const words = body.trim();
    if (!words) this.set(element, object, { [property]: undefined });
    else if (found) this.set(element, found, { body: words });
    else {
      const made = this.factory.create('bpmn:FormalExpression', { body: words });
      made.$parent = object;
      this.set(element, object, { [property]: made });
    }
  }

  name(element, name) {
    this.modeling.updateProperties(element, { name: name || undefined });
  }

  /** Renames an element; what other expressions of this diagram say about it follows. */
  rename(element, id) {
    const old = getBusinessObject(element).id;
    this.together(() => {
      this.modeling.updateProperties(element, { id });
      for (const { owner, object, property } of this.expressions()) {
        const source = object.get(property);
        const changed = source.replaceAll(`"${old}"`, `"${id}"`).replaceAll(`'${old}'`, `'${id}'`).replaceAll(`"${old}/`, `"${id}/`).replaceAll(`'${old}/`, `'${id}/`);
        if (changed !== source) this.set(owner, object, { [property]: changed });
      }
    });
  }

  /** Every place of this diagram where an expression stands. */
  expressions() {
    const found = [];
    for (const element of this.registry.getAll()) {
      if (element.labelTarget) continue;
      const one = getBusinessObject(element);
      const body = (object) => object?.body && found.push({ owner: element, object, property: 'body' });
      body(one.conditionExpression);
      body(one.loopCharacteristics?.loopCardinality);
      body(one.loopCharacteristics?.completionCondition);
      for (const event of one.eventDefinitions ?? []) body(event.timeDate);
      const attribute = (object, property) => typeof object?.get(property) === 'string' && found.push({ owner: element, object, property });
      for (const note of one.extensionElements?.values ?? []) {
        if (note.$type === 'lianshen:Material' || note.$type === 'lianshen:Procedure') attribute(note, 'when');
        if (note.$type === 'lianshen:Parties') attribute(note, 'source');
        if (note.$type === 'lianshen:Step') attribute(note, 'office');
        if (note.$type === 'spiffworkflow:ServiceTaskOperator') for (const each of note.parameterList?.parameters ?? []) attribute(each, 'value');
      }
    }
    return found;
  }

  /** The pool of the process: what is shown when nothing is selected. */
  pool() {
    return this.registry.filter((one) => is(one, 'bpmn:Participant') && getBusinessObject(one).processRef)[0]
      ?? this.registry.filter((one) => is(one, 'bpmn:Process'))[0];
  }

  lane(element) {
    const one = getBusinessObject(element);
    return this.registry.filter((each) => is(each, 'bpmn:Lane') && (getBusinessObject(each).flowNodeRef ?? []).includes(one))
      .map(getBusinessObject)[0];
  }

  /** Steps and other things that conclude something: [{ id, name, type }] in reading order. */
  steps() {
    return this.registry.filter((one) => !one.labelTarget && isAny(one, ['bpmn:UserTask', 'bpmn:ManualTask', 'bpmn:BusinessRuleTask', 'bpmn:IntermediateCatchEvent', 'bpmn:CallActivity']))
      .sort((a, b) => a.x - b.x || a.y - b.y)
      .map((one) => ({ id: one.id, name: getBusinessObject(one).name || one.id, element: one }));
  }
}
