// The shapes of what the server says of planned works (docs/architecture.md).
import type { FeatureCollection, Geometry } from 'geojson';
import type { Money, State, Text } from './types';

export type { Money, WorkTheme, WorksSummary } from './types';

export interface WorkProperties {
  id: string;
  kind: string;
  rule: string;
  need: string;
  system: string | null;
  village: string | null;
  households: number | null;
  likely: number;
  flag: string;
  year: number | null;
}
export type Works = FeatureCollection<Geometry, WorkProperties>;

export interface Profile {
  d: number[];
  z: number[];
  steepest: number | null;
}
export interface WorkSystem {
  id: string;
  need: string;
  households: number | null;
  verified: string | null;
  passed: boolean | null;
  worst_at: string | null;
  price: Money & { assumed: boolean };
  /** yuan per household served */
  each: { low: number | null; likely: number | null; high: number | null };
  sentence: Text | null;
  note: Text | null;
  file: string | null;
}
/** A system in the list of all; `work`: the one that stands for it. */
export interface ListedSystem extends WorkSystem {
  work: string | null;
}
/** A place of a water system: metres along its pipes from the pool, and above the sea. */
export interface SchemeNode {
  id: string;
  kind: 'source' | 'high_tank' | 'pool' | 'tap' | 'joint';
  along: number;
  z: number;
  low: number;
  high: number;
}
export interface Scheme {
  id: string;
  nodes: SchemeNode[];
  links: { id: string; kind: string; a: string; b: string; length: number; inner_mm: number | null }[];
}
export interface Work {
  id: string;
  kind: string;
  label: Text;
  spec: string | null;
  quantity: number;
  unit: string;
  households: number | null;
  people: number | null;
  poor_people: number | null;
  moving: number | null;
  crucial: number | null;
  year: number | null;
  price: Money & { assumed: boolean };
  village: string | null;
  group: string | null;
  after: string[];
  flag: Text | null;
  system: WorkSystem | null;
  serves: string[];
  profile: Profile | null;
}
export interface ProgrammeYear {
  year: number;
  budget: number;
  spent: number;
  households: number;
  people: number;
  poor_people: number;
}
export interface FrontierStep {
  budget: number;
  benefit: number;
  bound: number;
  households: number;
}
export interface Programme {
  years: ProgrammeYear[];
  chosen: Record<string, number>;
  not_chosen: { unit: string; work: string; works: number; likely: number; people: number; sentence: Text }[];
  not_chosen_count: number;
  frontier: FrontierStep[];
  benefit: number;
  gap: number;
}
export interface Draft {
  works: { kind: string; label: Text; quantity: number; unit: string }[];
  price: Money & { assumed: boolean };
  gained: Record<string, number>;
  households: number;
  people: number;
  poor_households: number;
  changed: { household: string; need: string; before: State; after: State }[];
  notes: Text[];
  profile: Profile | null;
  geometry: Geometry;
}
