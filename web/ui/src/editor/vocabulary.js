// What may be chosen: clauses, offices, forms, materials… of the draft. Every list is complete, also when the server leaves one out.
export function vocabulary(given = {}) {
  const named = (list) => (list ?? []).map((one) => (typeof one === 'string' ? { id: one, name: one } : { ...one, name: one.name ?? one.title ?? one.id }));
  const v = {
    clauses: given.clauses ?? [],
    offices: named(given.offices),
    forms: named(given.forms),
    materials: named(given.materials),
    stages: (given.stages ?? []).map((one) => (typeof one === 'string' ? one : one.name ?? one.id)),
    tables: named(given.tables),
    parts: named(given.parts),
    functions: given.functions ?? [],
    operations: given.operations ?? [],
    messages: named(given.messages),
    choices: named(Array.isArray(given.choices) ? given.choices : Object.keys(given.choices ?? {})),
    procedures: named(given.procedures),
  };
  const find = (list) => (id) => list.find((one) => one.id === id);
  v.clause = find(v.clauses);
  v.form = find(v.forms);
  v.table = find(v.tables);
  v.part = find(v.parts);
  v.operation = find(v.operations);
  v.office = find(v.offices);
  v.pairs = (list, code = false) => v[list].map((one) => [one.id, code && one.name !== one.id ? `${one.name}（${one.id}）` : one.name]);
  return v;
}

/** "to, text, clause?" or ["to", …] or {to: "offices"} → [{ name, needed, kind }] */
export function parameters(params) {
  if (!params) return [];
  const pairs = Array.isArray(params)
    ? params.map((one) => (typeof one === 'string' ? [one, ''] : [one.name ?? one.id, one.kind ?? '', one.required, one.help]))
    : typeof params === 'string' ? params.split(/[,，]\s*/).filter(Boolean).map((one) => [one, '']) : Object.entries(params);
  return pairs.map(([name, kind, required, help]) => ({
    name: name.replace(/\?$/, ''),
    kind: String(kind ?? '').replace(/\?$/, ''),
    needed: required ?? !(name.endsWith('?') || String(kind).endsWith('?')),
    help: help ?? '',
  }));
}
