// The draft's JSON interface. A refusal carries what happened, why and what to do; no answer at all is `Offline`.
export class Refused extends Error {
  constructor(status, body) {
    super(body.what || `请求没有被接受（${status}）。`);
    this.status = status;
    this.body = body;
    this.todo = body.todo ?? '';
  }
}
export class Offline extends Error {
  constructor() {
    super('连不上服务器。');
  }
}

export function api(draft) {
  const call = async (method, name, { query, body } = {}) => {
    const address = `/drafts/${encodeURIComponent(draft)}/${name}${query ? `?${new URLSearchParams(query)}` : ''}`;
    let answer;
    try {
      answer = await fetch(address, {
        method,
        credentials: 'same-origin',
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch {
      throw new Offline();
    }
    if (answer.status === 502 || answer.status === 503 || answer.status === 504) throw new Offline();
    if (answer.redirected || answer.status === 401)
      throw new Refused(401, { what: '登录已过期，修改保留在本机。', todo: '请在新窗口重新登录，再回到本页保存。' });
    const json = (answer.headers.get('content-type') ?? '').includes('json') ? await answer.json() : {};
    if (!answer.ok) throw new Refused(answer.status, json);
    return json;
  };
  return {
    draft,
    read: (path) => call('GET', 'file', { query: { path } }),
    write: (path, content, revision) => call('PUT', 'file', { query: { path }, body: { content, revision } }),
    remove: (path, revision) => call('DELETE', 'file', { query: { path }, body: { revision } }),
    files: () => call('GET', 'files'),
    check: (path, content) => call('POST', 'check', { body: path ? { path, content } : {} }),
    vocabulary: () => call('GET', 'vocabulary'),
    deadline: (expression) => call('POST', 'deadline', { body: { expression } }),
    form: (content) => call('POST', 'form', { body: { content } }),
    presence: (path) => call('POST', 'presence', { body: { path } }),
  };
}
