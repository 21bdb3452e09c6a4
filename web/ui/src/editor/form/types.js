// The kinds of field a form may have, as people choose them, and how each is written in JSON Schema.
export const TYPES = [
  ['text', '单行文字'], ['area', '多行文字'], ['number', '数字（可有小数）'], ['integer', '整数'], ['date', '日期'], ['yesno', '是／否'],
  ['one', '单选（选项写在这里）'], ['listed', '单选（选项取自地区设置）'], ['several', '多选'], ['lines', '几行文字'], ['rows', '表格（几行几列）'],
];
const OWN = ['type', 'format', 'enum', 'items', 'x-widget', 'x-choices', 'minimum', 'maximum', 'maxLength', 'minItems', 'maxItems', 'x-unit', 'x-amount', 'const'];

export function typeOf(field) {
  if (field.type === 'array') return field.items?.type === 'object' ? 'rows' : field.items?.enum || field['x-choices'] || field.items?.['x-choices'] || field['x-widget'] ? 'several' : 'lines';
  if (field.type === 'boolean') return 'yesno';
  if (field.type === 'number' || field.type === 'integer') return field.type;
  if (field.format === 'date') return 'date';
  if (field.enum) return 'one';
  if (field['x-choices']) return 'listed';
  return field['x-widget'] === 'textarea' ? 'area' : 'text';
}

/** The field written anew as another kind; title, description and what does not depend on the kind stay. */
export function retyped(field, type) {
  const fresh = {
    text: { type: 'string', maxLength: 200 }, area: { type: 'string', maxLength: 2000, 'x-widget': 'textarea' }, number: { type: 'number', minimum: 0 }, integer: { type: 'integer', minimum: 0 },
    date: { type: 'string', format: 'date' }, yesno: { type: 'boolean' }, one: { type: 'string', enum: field.enum ?? field.items?.enum ?? ['是', '否'] }, listed: { type: 'string', maxLength: 200, 'x-choices': field['x-choices'] ?? '' },
    several: { type: 'array', items: { type: 'string', enum: field.enum ?? ['选项一', '选项二'] } }, lines: { type: 'array', items: { type: 'string', maxLength: 200 } },
    rows: { type: 'array', items: { type: 'object', properties: {}, required: [], additionalProperties: false } },
  }[type];
  const kept = Object.fromEntries(Object.entries(field).filter(([name]) => !OWN.includes(name)));
  const { title, description, ...others } = kept;
  const { type: kind, ...rest } = fresh;
  return { type: kind, ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }), ...rest, ...others };
}

/** An object with one key in another place or under another name; the others keep their order. */
export const renamed = (object, from, to) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key === from ? to : key, value]));
export function moved(object, key, by) {
  const entries = Object.entries(object);
  const at = entries.findIndex(([one]) => one === key);
  const to = at + by;
  if (to < 0 || to >= entries.length) return object;
  [entries[at], entries[to]] = [entries[to], entries[at]];
  return Object.fromEntries(entries);
}
export const put = (object, key, value) => {
  if (value === undefined || value === '' || value === false) delete object[key];
  else object[key] = value;
};
