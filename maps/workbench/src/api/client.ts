// The only place that asks the server.
import type { Feature, FeatureCollection, LineString, Point, Polygon } from 'geojson';
import type { BehindAnswer, Comparison, FollowUpRow, FoundSites, Matched, MoveGroup, Rebuilt, RelocationSummary, WhyNot } from './relocation';
import { word } from '../core/text';
import type { Catalogue, Household, Lang, Problem, ProblemReport, SiteVerdict, Status, Summary, WhatIf } from './types';
import type { Draft, ListedSystem, Programme, Scheme, Work, Works } from './works';

export class ServerError extends Error {}

/** What to tell of something that went wrong. */
export const told = (error: unknown) => (error instanceof ServerError ? error.message : String(error));

/** Answers speak both languages; only what went wrong is told in the one of the page. */
async function ask<T>(path: string, body?: unknown): Promise<T> {
  const lang: Lang = document.documentElement.lang === 'en' ? 'en' : 'zh';
  const init: RequestInit = { headers: { 'Accept-Language': lang } };
  if (body !== undefined) {
    init.method = 'POST';
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(path, init).catch(() => {
    throw new ServerError(word('no_answer', lang));
  });
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({ title: answer.statusText }))) as Problem;
    throw new ServerError(problem.detail ?? problem.title);
  }
  return (await answer.json()) as T;
}

export interface HouseholdProperties {
  id: string;
  name: string;
  group: string;
  village: string;
  poor: boolean | null;
  people: number | null;
  states: string;
  gaps: number;
  exposure: string;
  damage: string;
  decision: string;
  compared: string;
  placed: string;
}
export type Households = FeatureCollection<Point, HouseholdProperties>;

export const client = {
  status: () => ask<Status>('api/status'),
  catalogue: () => ask<Catalogue>('api/catalogue'),
  problems: () => ask<ProblemReport>('api/problems'),
  summary: () => ask<Summary>('api/summary'),
  households: () => ask<Households>('api/map/households'),
  layer: (name: string) => ask<FeatureCollection>(`api/map/${name}`),
  household: (id: string) => ask<Household>(`api/households/${encodeURIComponent(id)}`),
  assess: (polygon: Polygon) => ask<SiteVerdict>('api/sites/assess', polygon),
  works: () => ask<Works>('api/works'),
  work: (id: string) => ask<Work>(`api/works/${encodeURIComponent(id)}`),
  systems: () => ask<{ systems: ListedSystem[]; count: number }>('api/works/systems'),
  scheme: (id: string) => ask<Scheme>(`api/works/systems/${encodeURIComponent(id)}`),
  programme: (budgets: number[], first_villages: string[]) => ask<Programme>('api/programme', { budgets, first_villages }),
  draft: (drawn: Feature<LineString | Point>) => ask<Draft>('api/works/draft', drawn),
  whatIf: (standard: Record<string, number>) => ask<WhatIf>('api/what-if', { standard }),
  relocation: () => ask<RelocationSummary>('api/relocation'),
  behind: (query: Record<string, string>) => ask<BehindAnswer>(`api/relocation/households?${new URLSearchParams(query)}`),
  behindWorks: (query: Record<string, string>) => ask<BehindAnswer>(`api/behind?${new URLSearchParams(query)}`),
  moveGroups: () => ask<{ groups: MoveGroup[] }>('api/relocation/groups'),
  rebuilt: () => ask<Rebuilt>('api/relocation/rebuilt'),
  relocationSites: () => ask<FoundSites>('api/relocation/sites'),
  matching: () => ask<Matched>('api/relocation/assignment'),
  followUp: (query: Record<string, string>) => ask<{ rows: FollowUpRow[]; count: number }>(`api/relocation/follow-up?${new URLSearchParams(query)}`),
  whyNot: (lon: number, lat: number, weights: Record<string, number>) => ask<WhyNot>('api/relocation/why-not', { lon, lat, weights }),
  find: (wanted: { households: number; kind: string; weights: Record<string, number> }) => ask<FoundSites>('api/sites/find', wanted),
  compare: (sites: unknown[]) => ask<Comparison>('api/sites/compare', { sites }),
  assign: (wanted: { budget?: number }) => ask<Matched>('api/sites/assign', wanted),
};
