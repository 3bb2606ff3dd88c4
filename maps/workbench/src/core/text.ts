// The page's own words; all names of needs, layers and rules come from the server's catalogue.
import type { Lang, Text } from '../api/types';

const WORDS = {
  title: { zh: '乡图', en: 'Xiangtu' },
  who_lacks: { zh: '谁还缺什么', en: 'Who lacks what' },
  all_gaps: { zh: '缺口总数', en: 'Number of gaps' },
  hazard_view: { zh: '地灾威胁', en: 'Exposure to hazards' },
  households: { zh: '户', en: 'households' },
  people: { zh: '人', en: 'people' },
  villages: { zh: '各村', en: 'Villages' },
  village: { zh: '行政村', en: 'Village' },
  whole_area: { zh: '全域', en: 'Whole area' },
  layers: { zh: '图层', en: 'Layers' },
  legend: { zh: '图例', en: 'Legend' },
  sites: { zh: '安置点', en: 'Relocation sites' },
  draw: { zh: '画一块地评价', en: 'Draw a site to judge' },
  drawing: { zh: '在地图上逐点点击,双击或点回起点结束', en: 'Click the corners on the map; finish on the first corner' },
  cancel: { zh: '取消', en: 'Cancel' },
  what_if: { zh: '如果标准改变', en: 'What if the standard changed' },
  reset: { zh: '恢复', en: 'Reset' },
  search: { zh: '查找户号、户主、村组…', en: 'Find a household, name, group…' },
  no_match: { zh: '没有找到', en: 'nothing found' },
  close: { zh: '关闭', en: 'Close' },
  gaps: { zh: '缺口', en: 'gaps' },
  poor: { zh: '建档立卡', en: 'registered poor' },
  poor_village: { zh: '贫困村', en: 'poor village' },
  unmet_people: { zh: '涉及人口', en: 'people without' },
  unmet_poor: { zh: '其中建档立卡户', en: 'of them registered poor households' },
  basis: { zh: '依据', en: 'basis' },
  who: { zh: '哪些户', en: 'Which households' },
  more: { zh: '还有 {n} 户', en: '{n} more' },
  ledger: { zh: '下载台账', en: 'Download ledgers' },
  interfaces: { zh: '数据接口', en: 'Interfaces' },
  data_date: { zh: '资料日期', en: 'Date of data' },
  standard: { zh: '标准', en: 'Standard' },
  masked: { zh: '姓名已隐去', en: 'names masked' },
  usable: { zh: '可用面积', en: 'usable' },
  area_of: { zh: '面积', en: 'area' },
  capacity: { zh: '可安置', en: 'room for' },
  slope: { zh: '平均坡度', en: 'mean slope' },
  changed: { zh: '{n} 户次的结果改变', en: '{n} answers change' },
  assumed: { zh: '假定值', en: 'assumed' },
  failed: { zh: '无法规划', en: 'Planning failed' },
  starting: { zh: '正在启动…', en: 'Starting…' },
  problems: { zh: '资料中有 {n} 处问题', en: '{n} problems in the layers' },
  hectares: { zh: '公顷', en: 'ha' },
  other_language: { zh: 'English', en: '中文' },
  drawn_site: { zh: '所画地块', en: 'The drawn site' },
} satisfies Record<string, Text>;

export type Word = keyof typeof WORDS;

export function word(key: Word, lang: Lang, values: Record<string, number | string> = {}): string {
  return WORDS[key][lang].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
