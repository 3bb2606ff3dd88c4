// The page's own words; all names of needs, layers and rules come from the server's catalogue.
import type { Lang, Text } from '../api/types';
import { RELOCATION_WORDS } from './relocation-words';

const WORDS = {
  title: { zh: '乡图', en: 'Xiangtu' },
  who_lacks: { zh: '谁还缺什么', en: 'Who lacks what' },
  all_gaps: { zh: '缺口数', en: 'Number of gaps' },
  hazard_view: { zh: '地灾威胁', en: 'Exposure to hazards' },
  n_households: { zh: '{n} 户', en: '{n} {n:household|households}' },
  n_people: { zh: '{n} 人', en: '{n} {n:person|people}' },
  villages: { zh: '各村', en: 'Villages' },
  village: { zh: '行政村', en: 'Village' },
  whole_area: { zh: '全域', en: 'Whole area' },
  layers: { zh: '图层', en: 'Layers' },
  legend: { zh: '图例', en: 'Legend' },
  sites: { zh: '安置点', en: 'Relocation sites' },
  draw: { zh: '画一块地评价', en: 'Draw a site to judge' },
  drawing: { zh: '在地图上逐点点击，双击或点回起点结束', en: 'Click the corners on the map; finish on the first corner' },
  cancel: { zh: '取消', en: 'Cancel' },
  what_if: { zh: '如果标准改变', en: 'What if the standard changed' },
  reset: { zh: '恢复', en: 'Reset' },
  search: { zh: '查找户号、户主、村组…', en: 'Household, name, group, village…' },
  no_match: { zh: '没有找到', en: 'nothing found' },
  close: { zh: '关闭', en: 'Close' },
  n_gaps: { zh: '{n} 个缺口', en: '{n} {n:gap|gaps}' },
  poor: { zh: '建档立卡', en: 'registered poor' },
  poor_village: { zh: '贫困村', en: 'poor village' },
  uncounted: { zh: '(另 {n} 户人数不明)', en: '(and {n} {n:household|households} whose number is not known)' },
  unmet_people: { zh: '涉及人口', en: 'people without' },
  unmet_poor: { zh: '其中建档立卡户', en: 'of them registered poor households' },
  basis: { zh: '依据', en: 'basis' },
  who: { zh: '哪些户', en: 'Which households' },
  more: { zh: '还有 {n} 户', en: '{n} more' },
  more_needs: { zh: '还有 {n} 户次', en: '{n} more household {n:need|needs}' },
  ledger: { zh: '下载台账', en: 'Download ledgers' },
  interfaces: { zh: '数据接口', en: 'Interfaces' },
  data_date: { zh: '资料日期', en: 'Date of data' },
  standard: { zh: '标准', en: 'Standard' },
  masked: { zh: '姓名已隐去', en: 'names masked' },
  usable: { zh: '可用面积', en: 'usable' },
  area_of: { zh: '面积', en: 'area' },
  slope: { zh: '平均坡度', en: 'mean slope' },
  changed: { zh: '{n} 户次的结果改变', en: '{n} {n:answer changes|answers change}' },
  assumed: { zh: '假定值', en: 'assumed' },
  failed: { zh: '无法规划', en: 'Planning failed' },
  no_answer: { zh: '服务没有回应，请确认它仍在运行', en: 'The service does not answer; see whether it is still running' },
  starting: { zh: '正在启动…', en: 'Starting…' },
  problems: { zh: '资料中有 {n} 处问题', en: '{n} {n:problem|problems} in the layers' },
  row_n: { zh: '第 {n} 行', en: 'row {n}' },
  hectares: { zh: '公顷', en: 'ha' },
  other_language: { zh: 'English', en: '中文' },
  works: { zh: '工程', en: 'Planned works' },
  works_total: { zh: '{n} 项工程，约 {wan} 万元({low}–{high})', en: '{n} {n:work|works}, about {wan} × 10,000 yuan ({low}–{high})' },
  wan: { zh: '万元', en: '×10,000 yuan' },
  verified_systems: { zh: '{passed}/{all} 个系统校核通过', en: '{passed} of {all} {all:system|systems} passed verification' },
  n_needs: { zh: '{n} 户次', en: '{n} household {n:need|needs}' },
  unserved_of: { zh: '暂不能解决：{need}', en: 'No work can serve: {need}' },
  fails: { zh: '{name} 若失效', en: 'If {name} fails' },
  served_by: { zh: '{name} 的受益户', en: 'Served by {name}' },
  reached_in: { zh: '第 {n} 年解决的农户', en: 'Needs met in year {n}' },
  unserved: { zh: '暂不能解决：{n} 户次', en: 'no work can serve {n} household {n:need|needs}' },
  quantity: { zh: '工程量', en: 'Quantity' },
  price: { zh: '造价', en: 'Price' },
  system_price: { zh: '系统造价', en: 'System costs' },
  each_price: { zh: '户均造价', en: 'Per household' },
  yuan: { zh: '元', en: 'yuan' },
  yuan_each: { zh: '元/户', en: 'yuan each' },
  running: { zh: '年运行费', en: 'Running cost a year' },
  serves: { zh: '受益', en: 'Serves' },
  crucial: { zh: '若失效', en: 'If it fails' },
  only_moving: { zh: '其中 {wan} 万元的工程只为拟搬迁安置的农户服务', en: 'of which {wan} × 10,000 yuan only for households that are to be resettled' },
  moving_n: { zh: '其中拟搬迁 {n} 户', en: '{n} of them to be resettled' },
  crucial_n: { zh: '{n} 户中断', en: '{n} {n:household loses|households lose} service' },
  after: { zh: '前置工程', en: 'Comes after' },
  year_n: { zh: '第 {n} 年', en: 'year {n}' },
  year: { zh: '计划年度', en: 'Year' },
  not_verified: { zh: '未校核', en: 'not verified' },
  passed: { zh: '已由 {engine} 校核通过', en: 'passed {engine}' },
  not_passed: { zh: '{engine} 校核未通过', en: 'did not pass {engine}' },
  profile: { zh: '纵断面 {length} m，高程 {low}–{high} m，最大坡度 {grade}%(粗红线处)', en: 'Profile {length} m, {low}–{high} m high, steepest {grade} % (thick red)' },
  elevation_m: { zh: '高程(m)', en: 'elevation (m)' },
  chainage_m: { zh: '里程(m)', en: 'chainage (m)' },
  programme: { zh: '项目计划', en: 'Programme' },
  within: { zh: '与最优安排的差距不超过 {gap}%', en: 'at most {gap} % from the best choice' },
  budgets: { zh: '各年预算(万元)', en: 'Budget of each year (×10,000 yuan)' },
  plan_it: { zh: '安排', en: 'Programme' },
  first_village: { zh: '优先 {name}', en: '{name} first' },
  bad_budgets: { zh: '请填最多 {years} 个正数(每年万元，各不超过 {wan})，用逗号隔开，如 500,300', en: 'Positive numbers for at most {years} {years:year|years} (each × 10,000 yuan, none above {wan}) separated by commas, such as 500,300' },
  spent: { zh: '{spent}/{budget} 万元', en: '{spent} of {budget}' },
  reached: { zh: '{households} 户次 {people} 人次', en: '{households} household {households:need|needs} met, of {people} {people:person|people}' },
  frontier: { zh: '再多投入能解决多少(户次)', en: 'What more money would reach (household needs)' },
  not_chosen: { zh: '未安排 {n} 项', en: '{n} not chosen' },
  draft: { zh: '手绘工程', en: 'Draft by hand' },
  draft_road: { zh: '画一条路', en: 'Draw a road' },
  draft_pool: { zh: '放一个水池', en: 'Place a pool' },
  draft_road_how: { zh: '沿线逐点点击，再点最后一点或按回车键结束，按 Esc 取消', en: 'Click along the road; click the last point again or press Enter to finish, Esc to cancel' },
  draft_pool_how: { zh: '在地图上点击水池位置，按 Esc 取消', en: 'Click where the pool shall stand; Esc cancels' },
  scheme: { zh: '系统纵断面与水头', en: 'The system as a section, with its heads' },
  scheme_head: { zh: '水头 {low}–{high} m', en: 'head {low}–{high} m' },
  scheme_source: { zh: '水源', en: 'source' },
  scheme_high_tank: { zh: '高位水箱', en: 'high tank' },
  scheme_pool: { zh: '水池', en: 'pool' },
  scheme_tap: { zh: '农户', en: 'household' },
  scheme_ground: { zh: '管线高程(m)', en: 'height of the pipes (m)' },
  scheme_water: { zh: '全天最低水位线', en: 'lowest water level of the day' },
  epanet_file: { zh: '下载 EPANET 文件(.inp)', en: 'Download the EPANET file (.inp)' },
  pricing: { zh: '正在测算造价和受益户…', en: 'working out the price and whom it serves…' },
  programming: { zh: '正在安排…', en: 'choosing works…' },
  more_works: { zh: '还有 {n} 项', en: '{n} more' },
  pool_volume: { zh: '容积(m³)', en: 'Volume (m³)' },
  would_serve: { zh: '新解决 {households} 户 {people} 人(建档立卡 {poor} 户)', en: 'would newly serve {households} {households:household|households}, {people} {people:person|people} ({poor} registered poor)' },
  serves_nobody: { zh: '没有新解决的农户', en: 'would serve nobody new' },
  drawn_site: { zh: '所画地块', en: 'The drawn site' },
  ...RELOCATION_WORDS,
} satisfies Record<string, Text>;

export type Word = keyof typeof WORDS;

/** The word with its `{gaps}` filled; of `{n:house|houses}` the first if n is 1, as the server's sentences write it. */
export function word(key: Word, lang: Lang, values: Record<string, number | string> = {}): string {
  return WORDS[key][lang].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = String(values[name] ?? '');
    return one === undefined || many === undefined ? value : value === '1' ? one : many;
  });
}

/** A quantity of a work: what is counted in pieces (unit "1") has no decimals, and no unit to show. */
export const amount = (quantity: number, unit: string) => decimals(quantity, unit === '1' ? 0 : 1);
export const unitName = (unit: string) => (unit === '1' ? '' : unit);

const UNIT_WORDS: Record<string, string> = { 万元: '×10,000 yuan', 户: 'household', 人: 'person', 元: 'yuan', 年: 'year' };
/** A unit, which is written in Chinese, as the reader knows it. */
export const unitIn = (unit: string, lang: Lang) => (lang === 'zh' ? unit : unit.replace(/万元|[户人元年]/g, (c) => UNIT_WORDS[c] ?? c));

/** How many, with separated thousands: alike in every browser, whatever its own language. */
export const count = (n: number) => decimals(n, 0);

/** 万元: one decimal of a small sum, none of a large one. */
export const wan = (value: number | null) => (value === null ? '?' : decimals(value, Math.abs(value) < 100 ? 1 : 0));

/** A number with `digits` decimals and separated thousands; halves to the even neighbour, as the server's sentences round. */
export function decimals(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: 'halfEven' });
}
