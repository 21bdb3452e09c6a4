// Which columns each file has. A column: [key, heading, kind, width, options]; what is not listed stays in the file untouched.
const CLAUSES = ['clauses', '条款', 'list', 'wide'];
const KINDS = [
  ['step', '步骤'], ['deadline', '期限'], ['threshold', '金额标准'], ['decision', '决定'], ['filing', '备案'], ['form', '填报内容'], ['document', '材料'], ['role', '职责'], ['eligibility', '条件'],
  ['periodic', '定期'], ['ban', '限制'], ['sanction', '处理'], ['rejection', '不予受理'], ['adjustment', '调整'], ['priority', '优先'], ['report', '报告'], ['validity', '有效期'], ['context', '仅供理解'],
];
export const LAYOUTS = {
  offices: {
    title: '岗位', hint: '编号与流程图的泳道编号相同；名称是本地的单位名称。', columns: [
      ['id', '编号', 'code'], ['name', '名称', 'text'], ['side', '哪一方', 'choice', '', [['applicant', '申报方'], ['reviewer', '审核方'], ['expert', '专家'], ['none', '都不是']], 'reviewer'],
      ['of_project', '由项目单位自己的人担任', 'tick'], ['unit', '担任的单位', 'text'], ['line', '按项目信息分工', 'code'], ['reads_all', '可查阅全部项目', 'tick'], CLAUSES,
    ],
  },
  materials: { title: '材料', hint: '步骤按编号引用材料。', columns: [['id', '编号', 'code'], ['name', '名称', 'text', 'wide'], CLAUSES, ['note', '说明', 'text', 'wide']] },
  rounds: {
    title: '批次', hint: '到日子自动开办的流程。何时：yearly 12-31、monthly 1、quarterly 1、workday 1 of 1,4,7,10、manual。', columns: [
      ['id', '编号', 'code'], ['title', '名称', 'text'], ['procedure', '启动的流程', 'from', '', 'procedures'], ['opens', '何时', 'code'],
      ['per', '每个什么一件', 'choice', '', [['jurisdiction', '全区一件'], ['project', '每个项目一件'], ['system', '每个系统一件']], 'jurisdiction'],
      ['where', '筛选条件', 'area', 'wide'], ['year_offset', '年度加', 'number'], ['silent', '办法没有写日期', 'tick'], CLAUSES, ['note', '说明', 'area', 'wide'],
    ],
  },
  clauses: {
    title: '条款', hint: '一条规则一个编号；规则用自己的话写，不抄原文。', columns: [
      ['id', '编号', 'code'], ['article', '条号', 'text'], ['kind', '种类', 'choice', '', KINDS], ['rule', '规则', 'area', 'widest'], ['reading', '办理口径', 'area', 'wide'], ['actors', '涉及单位', 'list'],
      ['drawn', '另在哪里体现', 'list'], ['reason', '为什么不执行', 'area', 'wide'],
    ],
  },
  settings: { title: '可调整的数值', columns: [['id', '编号', 'code'], ['title', '名称', 'text', 'wide'], ['value', '默认值', 'value'], ['clause', '条款', 'clause'], ['note', '说明', 'area', 'wide']] },
  bans: { title: '限制种类', columns: [['id', '编号', 'code'], ['title', '名称', 'text', 'wide'], ['clause', '条款', 'clause'], ['subject', '限制谁', 'choice', '', [['project', '项目'], ['unit', '单位'], ['system', '信息系统']]], ['cure', '怎样解除', 'area', 'wide']] },
};
export const REGION = [
  ['code', '代号', 'fixed'], ['name', '地区名称', 'text'], ['title', '办法名称', 'text'], ['status', '状态', 'choice', '', [['征求意见稿', '征求意见稿'], ['暂行', '暂行'], ['正式', '正式']]], ['validity_years', '有效期（年）', 'number'],
];
