// The shapes of what the server says of danger, moving and new homes (docs/architecture.md).
import type { FeatureCollection, LineString, Point, Polygon } from 'geojson';
import type { SiteRule, Text } from './types';

export interface Tally {
  households: number;
  people: number;
}
export type Tallies = Record<string, Tally>;

export interface Threat {
  zone: string;
  name: string | null;
  kind: string;
  level: string;
  layer: string;
  households: number;
  people: number;
  declared_households: number | null;
  declared_people: number | null;
  class: string | null;
}
export interface Danger {
  relations: Tallies;
  damage: Tallies;
  damage_cautious: Tallies;
  screens: Tallies;
  zones: number;
  threats: Threat[];
}
export interface MovingVillage {
  id: string;
  name: string;
  decisions: Record<string, number>;
}
export interface Moving {
  decisions: Tallies;
  urgency: Tallies;
  compared: Tallies;
  whole_groups: number;
  rebuilt: number;
  villages: MovingVillage[];
}
export interface Criterion extends Text {
  key: string;
  weight: number;
  missing: boolean;
}
export interface Finding {
  criteria: Criterion[];
  kinds: (Text & { key: string; land_m2: number })[];
  corners: [[number, number], [number, number], [number, number], [number, number]];
  open_share: number;
  most: number;
  households: number;
}
/** Money in 万元. */
export interface Matching {
  placed: Tally;
  left: Tally;
  sites: SiteLoad[];
  shortage: { village: string | null; name: string | null; households: number; people: number; added: number }[];
  totals: Record<string, number>;
  opened: number;
  floor_m2: number;
  missing: number;
  /** sites used that road, water or power do not reach */
  unpriced: number;
  refused: { site: string; sentence: Text }[];
  gap: number | null;
  proven: boolean;
  /** 万元; null or not said: as the plan has it */
  budget?: number | null;
}
export interface SiteLoad {
  site: string;
  name: string;
  source: string;
  opened: boolean;
  households: number;
  people: number;
  capacity: number;
  spare: number;
  connect: number | null;
  floor_m2: number;
  cost: number | null;
  subsidy: number | null;
  over_budget: boolean;
}
export interface FollowUp {
  measure: string;
  label: Text;
  states: Record<string, number>;
}
export interface RelocationSummary {
  danger: Danger;
  moving: Moving;
  finding: Finding;
  matching: Matching;
  follow_up: FollowUp[];
}

export interface Behind {
  household: string;
  name: string | null;
  group: string | null;
  village: string | null;
  people: number | null;
  sentence: Text;
}
/** `count` rows; of `homes` different households where one may stand in several rows. */
export interface BehindAnswer {
  ids: string[];
  count: number;
  homes?: number;
  people: number;
  households: Behind[];
}
export interface MoveGroup {
  group: string;
  name: string;
  village: string | null;
  households: number;
  people: number;
  poor_share: number | null;
  exposed_share: number | null;
  whole: boolean;
  sentence: Text;
}
export interface RebuiltProperties {
  id: string;
  household: string;
  name: string | null;
  rule: string;
  sentence: Text;
}
export type Rebuilt = FeatureCollection<Point, RebuiltProperties>;

export interface SiteProperties {
  id: string;
  rule: string;
  name: string;
  source: string;
  village: string | null;
  kind: string;
  verdict: string;
  rank: number | null;
  rank_low: number | null;
  rank_high: number | null;
  score: number | null;
  capacity: number;
  usable_m2: number;
  area_m2: number;
  connect: { low: number; likely: number; high: number } | null;
  metrics: Record<string, number | null>;
  reasons: Text[];
  rules: SiteRule[];
}
export type FoundSites = FeatureCollection<Polygon, SiteProperties> & { seconds?: number };

export interface MatchProperties {
  id: string;
  rule: string;
  site: string;
  metres: number | null;
}
export type Matched = Matching & { placed_ids: string[]; left_ids: string[]; lines: FeatureCollection<LineString, MatchProperties>; seconds?: number };

export interface WhyNot {
  lon: number;
  lat: number;
  excluded: boolean;
  score: number | null;
  rules: { rule: string; state: string; label: Text; sentence: Text }[];
  criteria: { key: string; label: Text; value: number | null; weight: number }[];
}
export interface CompareCell {
  state: string | null;
  value: number | null;
  text: Text;
}
export interface CompareRow {
  key: string;
  part: string;
  label: Text;
  unit: string;
  better: string;
  cells: CompareCell[];
}
export interface Comparison {
  sites: { id: string; name: string; verdict: string }[];
  rows: CompareRow[];
}
export interface FollowUpRow {
  household: string;
  name: string | null;
  village: string | null;
  measure: string;
  label: Text;
  due: string | null;
  state: string;
  note: Text | null;
}
