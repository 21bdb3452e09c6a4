// How several sign one step (会签、或签、依次、票签): a mode in words, written as a multi-instance marker with its conditions.
import { check, select, text, ticks } from '../controls.js';
import { h } from '../dom.js';
import { getBusinessObject } from './model.js';
import { group } from './sections.js';

const MODES = [
  ['one', '一人办理'], ['all', '会签：各方都要办完'], ['veto', '会签，一票否决'], ['any', '或签：一方办完即可'],
  ['turn', '依次：一方办完轮到下一方'], ['half', '票签：过半数'], ['thirds', '票签：三分之二以上'], ['other', '其他条件'],
];
const HINTS = {
  all: '各方同时收到待办，全部办完才往下走。',
  veto: '任何一方给出否决的结论，其余各方不必再办。',
  any: '任何一方给出结论，其余各方不必再办。',
  turn: '按名单次序，一方办完，下一方才收到待办。',
  half: '给出所选结论的过半，或已经不可能过半，即往下走。',
  thirds: '给出所选结论的达到三分之二，或已经不可能达到，即往下走。',
};
const quoted = (word) => JSON.stringify(word);

/** The condition under which the remaining parties need not act. */
export function condition(mode, id, outcomes, word) {
  const votes = (one) => `votes(${quoted(id)}, ${quoted(one)})`;
  const others = outcomes.filter((one) => one !== word).map(votes).join(' + ') || '0';
  const voters = `voters(${quoted(id)})`;
  if (mode === 'veto') return `${votes(word)} >= 1`;
  if (mode === 'any') return `${outcomes.map(votes).join(' + ') || votes(word)} >= 1`;
  if (mode === 'half') return `${votes(word)} * 2 > ${voters} or (${others}) * 2 >= ${voters}`;
  if (mode === 'thirds') return `${votes(word)} * 3 >= ${voters} * 2 or (${others}) * 3 > ${voters}`;
  return '';
}

/** Which mode a marker is, and the outcome that counts in it. */
export function modeOf(loop, id, outcomes) {
  if (!loop) return { mode: 'one' };
  const written = (loop.completionCondition?.body ?? '').trim();
  if (loop.isSequential) return { mode: written ? 'other' : 'turn' };
  if (!written) return { mode: 'all' };
  const flat = (one) => one.replace(/\s+/g, '').replaceAll("'", '"');
  const simple = { half: (word) => `votes("${id}","${word}")*2>voters("${id}")`, thirds: (word) => `votes("${id}","${word}")*3>=voters("${id}")*2` };
  const words = outcomes.length ? outcomes : [...written.matchAll(/votes\([^,]+,\s*["']([^"']+)/g)].map((one) => one[1]);
  for (const word of words)
    for (const mode of outcomes.length === 1 ? ['half', 'thirds'] : ['veto', 'half', 'thirds'])
      if (flat(condition(mode, id, outcomes, word)) === flat(written) || simple[mode]?.(word) === flat(written)) return { mode, word };
  if (outcomes.length && flat(condition('any', id, outcomes, '')) === flat(written)) return { mode: 'any' };
  return { mode: 'other' };
}

export function signing({ model, element, vocab, readOnly }) {
  const one = getBusinessObject(element);
  const loop = one.loopCharacteristics;
  if (loop && loop.$type !== 'bpmn:MultiInstanceLoopCharacteristics') return group('几方办理', 'signing', h('p', { class: 'hint wrong' }, '这个步骤有循环标记，请改为退回环节。'));
  const outcomes = vocab.form(model.note(element, 'lianshen:Step')?.form || one.id)?.outcomes ?? [];
  const { mode, word } = modeOf(loop, one.id, outcomes);
  const parties = model.note(element, 'lianshen:Parties');
  const write = (next, chosen) => model.together(() => {
    if (next === 'one') {
      model.modeling.updateProperties(element, { loopCharacteristics: undefined });
      if (parties) model.remove(element, parties);
      return;
    }
    let marker = loop;
    if (!marker) {
      marker = model.factory.create('bpmn:MultiInstanceLoopCharacteristics', { isSequential: next === 'turn' });
      marker.$parent = one;
      model.modeling.updateProperties(element, { loopCharacteristics: marker });
    } else if (Boolean(marker.isSequential) !== (next === 'turn')) model.set(element, marker, { isSequential: next === 'turn' });
    if (!marker.loopCardinality) model.expression(element, marker, 'loopCardinality', `count(parties(${quoted(one.id)}))`);
    if (next !== 'other') model.expression(element, marker, 'completionCondition', condition(next, one.id, outcomes, chosen));
    if (!parties) model.add(element, 'lianshen:Parties', { offices: model.lane(element)?.id ?? '' });
  });
  const usual = { veto: ['不通过', '不同意', '否决'], half: ['通过', '同意'], thirds: ['通过', '同意'] };
  const first = (next) => usual[next]?.find((each) => outcomes.includes(each)) ?? outcomes[next === 'veto' ? outcomes.length - 1 : 0] ?? usual[next]?.[0] ?? '通过';
  const parts = [select('办理方式', { key: 'mode', readOnly, value: mode, options: MODES.filter(([each]) => each === mode || (each !== 'other' && (outcomes.length || ['one', 'all', 'turn'].includes(each)))), write: (next) => write(next, word ?? first(next)), hint: HINTS[mode] ?? (outcomes.length ? '' : '表单没有结论，不能按结论计票') })];
  if (['veto', 'half', 'thirds'].includes(mode))
    parts.push(select(mode === 'veto' ? '否决的结论' : '计票的结论', { key: 'vote', readOnly, value: word, options: (outcomes.length ? outcomes : [word]).map((each) => [each, each]), write: (next) => write(mode, next) }));
  if (loop) {
    const put = (attributes) => model.put(element, 'lianshen:Parties', attributes);
    parts.push(
      ticks('会签的岗位', { key: 'parties', readOnly, values: (parties?.offices ?? '').split(/[\s,]+/).filter(Boolean), options: vocab.pairs('offices'), write: (values) => put({ offices: values.join(',') }) }),
      text('另外由表达式给出的名单', { key: 'source', mono: true, area: true, rows: 2, readOnly, value: parties?.source ?? '', write: (value) => put({ source: value.trim() }), hint: '可不写。例：panel() 是抽选的专家，answer("步骤", "字段") 是表单里选的岗位' }),
      check('名单是人员（专家）', { key: 'person', readOnly, value: parties?.person, write: (value) => put({ person: value }) }),
      select('第二轮只请上轮结论为', { key: 'again', readOnly, value: parties?.again ?? '', empty: '每轮都请全部', options: outcomes.map((each) => [each, each]), write: (value) => put({ again: value }) }),
    );
    if (mode === 'other') parts.push(text('提前结束的条件', { key: 'completion', mono: true, area: true, readOnly, value: loop.completionCondition?.body, write: (value) => model.expression(element, loop, 'completionCondition', value) }));
  }
  return group('几方办理', 'signing', parts, { open: Boolean(loop) });
}
