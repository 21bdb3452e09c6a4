// What the check says, as a list below the drawing: a click selects the element, what to do stands beside it.
import { h } from './dom.js';

export class Findings {
  constructor(host, { path, place, select, address, again }) {
    Object.assign(this, { host, path, place, select, address, again });
    this.scope = 'file';
    this.found = [];
  }

  /** `jinjiang/project.bpmn` and `project.bpmn` are the same file here. */
  local(file) {
    return file && this.place && file.startsWith(`${this.place}/`) ? file.slice(this.place.length + 1) : file;
  }

  /** Shows the answer of a check; answers what belongs to the open file. */
  show({ findings, ms, why }) {
    this.why = findings ? '' : why;
    this.ms = ms;
    if (findings) this.found = findings.map((one) => ({ ...one, file: this.local(one.file) ?? this.path }));
    this.draw();
    return this.mine();
  }

  mine() {
    return this.found.filter((one) => one.file === this.path);
  }

  draw() {
    const mine = this.mine();
    const shown = this.scope === 'file' ? mine : this.found;
    const count = (list, severity) => list.filter((one) => one.severity === severity).length;
    const tab = (scope, words, list) => h('button', {
      type: 'button', class: 'tab', 'aria-pressed': String(this.scope === scope), onclick: () => { this.scope = scope; this.draw(); },
    }, `${words} ${count(list, 'error')} 错误 · ${count(list, 'warning')} 提醒`);
    this.host.replaceChildren(
      h('div', { class: 'findings-head' }, h('h2', {}, '检查'), tab('file', '本文件', mine), tab('all', '整个草稿', this.found),
        h('button', { type: 'button', class: 'btn small', onclick: this.again }, '重新检查'),
        h('span', { class: 'hint', role: 'status' }, this.why ? `没有查成：${this.why}` : this.ms === undefined ? '' : `用时 ${this.ms} 毫秒`)),
      shown.length
        ? h('ul', { class: 'findings-list' }, shown.map((one) => h('li', { class: one.severity }, h('button', {
          type: 'button', class: 'finding', 'data-element': one.element ?? '', onclick: () => this.go(one),
        }, h('span', { class: 'severity' }, one.severity === 'error' ? '错误' : '提醒'),
        h('span', { class: 'what' }, one.message, one.file !== this.path && h('span', { class: 'file' }, one.file)),
        one.todo && h('span', { class: 'todo' }, `建议：${one.todo}`)))))
        : h('p', { class: 'findings-none' }, this.why ? '' : '没有发现问题。'));
    this.host.dataset.count = String(shown.length);
  }

  go(one) {
    if (one.file === this.path) {
      if (one.element) this.select(one.element);
    } else location.href = this.address(one.file, one.element);
  }
}
