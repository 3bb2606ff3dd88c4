// The shapes of the server's answers (docs/architecture.md).
import type { Geometry } from 'geojson';

export type Lang = 'zh' | 'en';
export type Text = Record<Lang, string>;
export type State = 'met' | 'unmet' | 'unknown';
export type Counts = [met: number, unmet: number, unknown: number];

export interface Status {
  stage: 'reading' | 'planning' | 'designing' | 'ready' | 'failed';
  step: string;
  done: number;
  total: number;
  problems: number;
  error?: Text | null;
}

/** What was wrong with the files, worst first. */
export interface ProblemReport {
  count: number;
  problems: { file: string; row: string; severity: 'unreadable' | 'error' | 'warning'; key: string; count: number; layer: Text; what: Text; done: Text; todo: Text }[];
}

export interface Paint {
  fill: string;
  fill_opacity: number;
  stroke: string;
  width: number;
  stroke_opacity: number;
  dash: number[];
  casing: string;
  hatch: string;
  shape: string;
  size: number;
  glyph: string;
}
export interface Rule extends Text {
  key: string;
  paint: Paint;
}
export interface Theme extends Text {
  layer: string;
  geometry: 'point' | 'line' | 'polygon';
  rules: Rule[];
  order: number;
  label: string;
  label_zoom: number;
  min_zoom: number;
  on: boolean;
  mark?: boolean;
}
export interface Themes {
  layers: Theme[];
  states: Rule[];
  gaps: (Rule & { low: number; high: number })[];
  exposures: Rule[];
  verdicts: Rule[];
  works: WorkTheme[];
  relocation: Theme[];
  household_views: Record<string, Rule[]>;
  suitability: string[]; // colours from the lowest score to the highest
}

export interface Knob extends Text {
  key: string;
  unit: string;
  value: number;
  confidence: string;
}
export interface Catalogue {
  needs: string[];
  labels: Record<string, Text>;
  themes: Themes;
  knobs: Knob[];
  limits: Limits;
}

/** How much may be asked for at a time. */
export interface Limits {
  years: number;
  /** most 万元 a year */
  wan: number;
  pool_m3: number;
  most_pool_m3: number;
  compared: [number, number];
}

export interface NeedTotals {
  met: number;
  unmet: number;
  unknown: number;
  unmet_people: number;
  unmet_poor: number;
  unmet_poor_people: number;
}
export interface VillageRow {
  id: string;
  name: string;
  poor: boolean | null;
  households: number;
  people: number;
  people_unknown: number; // households whose number of people is not known
  needs: Record<string, Counts>;
}
export interface SiteRow {
  id: string;
  name: string;
  verdict: string;
  reasons: Text[];
  capacity: number | null;
  usable_m2: number;
}
export interface Summary {
  area: string;
  bbox: [number, number, number, number];
  data_date: string | null;
  standard: string;
  version: string;
  planar: boolean;
  names_masked: boolean;
  counts: Record<string, number>;
  needs: Record<string, NeedTotals>;
  villages: VillageRow[];
  exposure: Record<string, number>;
  layers: { layer: string; features: number }[];
  sites: SiteRow[];
  works: WorksSummary;
}

export interface HouseholdNeed {
  need: string;
  state: State;
  basis: string;
  sentence: Text;
  nearest: string | null;
  at: string | null;
}
export interface Household {
  id: string;
  name: string;
  group: string;
  village: string;
  people: number | null;
  poor: boolean | null;
  needs: HouseholdNeed[];
  exposure: {
    relation: string;
    zones: { id: string; name: string | null; kind: string; relation: string; distance_m: number }[];
  };
  relocation: HouseholdMove;
}
export interface HouseholdMove {
  decision: string;
  urgency: number;
  compared: string;
  liable: string;
  damage: string;
  sentence: Text;
  rebuilt: string | null;
  site: { id: string | null; name: string | null; metres: number | null; sentence: Text } | null;
  follow_up: { measure: string; label: Text; due: string | null; state: string; note: Text | null }[];
}
export interface SiteRule {
  rule: string;
  state: 'pass' | 'fail' | 'warning' | 'unknown';
  label: Text;
  sentence: Text;
}
export interface SiteVerdict {
  verdict: string;
  reasons: Text[];
  area_m2: number;
  usable_m2: number;
  slope_mean: number | null;
  slope_max: number | null;
  capacity: number | null;
  rules: SiteRule[];
  usable: Geometry | null;
}
export interface WhatIf {
  totals: Record<string, { before: Counts; after: Counts }>;
  changed: { household: string; need: string; before: State; after: State }[];
  changed_count: number;
  seconds: number;
}
export interface Problem {
  title: string;
  detail?: string;
}

export interface WorkTheme extends Theme {
  kind: string;
}
/** Money in 万元, 10,000 yuan. */
export interface Money {
  low: number;
  likely: number;
  high: number;
  run: number;
}
export interface WorksSummary {
  count: number;
  total: Money;
  only_moving: number;
  needs: Record<string, Money & { works: number }>;
  villages: { id: string | null; name: string | null; wan: number; sentence: Text }[];
  unserved: Record<string, number>;
  systems: { passed: number; all: number };
}
