// One file being edited: loading, autosave, a copy on this machine until the server has it, conflicts, who else is here, findings.
import { Offline, Refused } from './api.js';
import { debounce } from './dom.js';
import { begun } from './beginnings.js';

const SAVE = 1200;
const CHECK = 700;
const AGAIN = 5000;
const PRESENCE = 20000;

const local = {
  key: (draft, path) => `lianshen:${draft}:${path}`,
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key) ?? 'null');
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      if (value) localStorage.setItem(key, JSON.stringify(value));
      else localStorage.removeItem(key);
    } catch { /* a full or forbidden store: the server copy is what counts */ }
  },
};
const time = () => new Date().toLocaleTimeString('zh-CN', { hour12: false });

/** Events: state {state, words}, findings {findings, ms}, presence {others}, conflict {theirs}, content {content} (replace what is shown). */
export class Session extends EventTarget {
  constructor(api, path, { place = '', fresh = false } = {}) {
    super();
    this.fresh = fresh && begun(path) !== undefined;
    this.place = place;
    this.api = api;
    this.path = path;
    this.key = local.key(api.draft, path);
    this.revision = 0;
    this.readOnly = false;
    this.content = '';   // what the editor shows, as text
    this.saved = '';     // what the server has
    this.saving = null;
    this.save = debounce(() => this.flush(), SAVE);
    this.check = debounce(() => this.checkNow(), CHECK);
    this.checks = 0;
    addEventListener('online', () => this.flush());
    document.addEventListener('visibilitychange', () => document.hidden && this.flush());
    addEventListener('beforeunload', (event) => {
      if (this.dirty && !local.read(this.key)) event.preventDefault();
    });
  }

  get dirty() {
    return this.content !== this.saved;
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  state(state, words) {
    this.tell('state', { state, words });
  }

  /** The text to begin with: the server's, or what was typed here and never reached it. */
  load() {
    return (this.loading ??= this.fetch());
  }

  async fetch() {
    const found = this.fresh ? { content: '', revision: 0 } : await this.api.read(this.path);
    this.revision = found.revision;
    this.readOnly = Boolean(found.read_only);
    this.content = this.saved = found.content;
    const kept = this.readOnly ? null : local.read(this.key);
    if (kept && kept.content !== found.content) {
      this.content = kept.content;
      if (kept.revision === found.revision) {
        this.state('dirty', '已恢复上次没有保存的修改');
        this.save();
      } else {
        this.revision = kept.revision;
        this.theirs = { content: found.content, revision: found.revision, by: '', at: '' };
      }
    } else if (kept) local.write(this.key, null);
    if (!this.content && !this.readOnly) this.content = begun(this.path, this.place) ?? '';
    return this.content;
  }

  /** Starts what happens by itself, once the editor shows the text. */
  start() {
    if (this.readOnly) this.state('readonly', /^national\/(forms\/)?publication/.test(this.path) ? '只读：送审发布的流程由系统使用' : '只读：草稿已送审或已结束');
    else if (!this.dirty) this.state('saved', '没有未保存的修改');
    else this.save();
    if (this.theirs) this.conflict(this.theirs);
    this.checkNow();
    const here = async () => {
      try {
        this.tell('presence', await this.api.presence(this.path));
      } catch { /* told by the state of saving */ }
    };
    here();
    setInterval(() => !document.hidden && here(), PRESENCE);
  }

  /** The editor says: this is the text now. */
  changed(content) {
    if (content === this.content) return;
    this.content = content;
    if (!this.readOnly) {
      local.write(this.key, this.dirty ? { content, revision: this.revision, at: new Date().toISOString() } : null);
      if (this.dirty) {
        if (!this.theirs) this.state('dirty', '有修改，正在自动保存……');
        this.save();
      } else this.state('saved', '没有未保存的修改');
    }
    this.check();
  }

  /** A person asks to save: the state says so at once, and at last how it stands. `settle` brings what is still being written. */
  async saveNow(settle) {
    if (!this.theirs && !this.readOnly) this.state('saving', '正在保存……');
    await settle?.();
    await this.flush();
    if (!this.dirty && !this.theirs && !this.readOnly) this.state('saved', `已保存 ${time()}`);
  }

  /** Sends what the server does not have yet. Never two requests at once. */
  async flush() {
    this.save.cancel();
    if (this.saving) return this.saving.then(() => this.flush());
    if (!this.dirty || this.readOnly || this.theirs) return undefined;
    this.saving = this.send().finally(() => { this.saving = null; });
    return this.saving;
  }

  async send() {
    const content = this.content;
    this.state('saving', '正在保存……');
    try {
      const { revision } = await this.api.write(this.path, content, this.revision);
      this.revision = revision;
      this.saved = content;
      if (this.dirty) {
        local.write(this.key, { content: this.content, revision, at: new Date().toISOString() });
        this.save();
      } else {
        local.write(this.key, null);
        this.state('saved', `已保存 ${time()}`);
      }
    } catch (error) {
      if (error instanceof Offline) {
        this.state('offline', '连不上服务器，修改保留在本机，恢复后自动保存');
        setTimeout(() => this.flush(), AGAIN);
      } else if (error instanceof Refused && error.status === 409 && error.body.content !== undefined) this.conflict(error.body);
      else {
        const refused = error instanceof Refused ? error : new Refused(0, { what: '没有保存成功，修改保留在本机。', todo: '请稍后再按“保存”。' });
        this.state('refused', `${refused.message}${refused.todo}`);
      }
    }
  }

  conflict(theirs) {
    this.theirs = theirs;
    this.state('conflict', '这个文件已被别人修改，您的修改保留在本机，请选择怎样处理');
    this.tell('conflict', { theirs });
  }

  /** Nothing more is sent, nothing is kept here: the file is about to go. */
  async leave() {
    this.save.cancel();
    await this.saving;
    this.readOnly = true;
    local.write(this.key, null);
  }

  /** Mine goes over theirs: theirs stays in the history of the draft. */
  keepMine() {
    this.revision = this.theirs.revision;
    this.saved = this.theirs.content;
    this.theirs = null;
    return this.flush();
  }

  /** Theirs is shown; mine stays on this machine and can be fetched back. */
  takeTheirs() {
    local.write(`${this.key}:mine`, { content: this.content, at: new Date().toISOString() });
    this.revision = this.theirs.revision;
    this.content = this.saved = this.theirs.content;
    this.theirs = null;
    local.write(this.key, null);
    this.state('saved', '已改用对方的内容，您的修改仍保留在本机');
    this.tell('content', { content: this.content, mine: true });
    this.check();
  }

  /** What takeTheirs put aside. */
  setAside() {
    return local.read(`${this.key}:mine`)?.content;
  }

  forgetAside() {
    local.write(`${this.key}:mine`, null);
  }

  async checkNow() {
    const mine = (this.checks += 1);
    try {
      const found = await this.api.check(this.path, this.readOnly ? undefined : this.content);
      if (mine === this.checks) this.tell('findings', found);
    } catch (error) {
      if (mine === this.checks) this.tell('findings', { findings: null, why: `${error.message}${error.todo ?? ''}` });
    }
  }
}
