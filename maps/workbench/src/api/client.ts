// The only place that asks the server.
import type { Feature, FeatureCollection, LineString, Point, Polygon } from 'geojson';
import type { BehindAnswer, Comparison, FollowUpRow, FoundSites, Matched, MoveGroup, Rebuilt, RelocationSummary, WhyNot } from './relocation';
import type { Catalogue, Household, Lang, Problem, SiteVerdict, Status, Summary, WhatIf } from './types';
import type { Draft, ListedSystem, Programme, Scheme, Work, Works } from './works';

export class ServerError extends Error {}

/** What to tell of something that went wrong. */
export const told = (error: unknown) => (error instanceof ServerError ? error.message : String(error));

async function ask<T>(path: string, lang: Lang, body?: unknown): Promise<T> {
  const init: RequestInit = { headers: { 'Accept-Language': lang } };
  if (body !== undefined) {
    init.method = 'POST';
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(path, init);
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
  status: (lang: Lang) => ask<Status>('api/status', lang),
  catalogue: (lang: Lang) => ask<Catalogue>('api/catalogue', lang),
  summary: (lang: Lang) => ask<Summary>('api/summary', lang),
  households: (lang: Lang) => ask<Households>('api/map/households', lang),
  layer: (name: string, lang: Lang) => ask<FeatureCollection>(`api/map/${name}`, lang),
  household: (id: string, lang: Lang) => ask<Household>(`api/households/${encodeURIComponent(id)}`, lang),
  assess: (polygon: Polygon, lang: Lang) => ask<SiteVerdict>('api/sites/assess', lang, polygon),
  works: (lang: Lang) => ask<Works>('api/works', lang),
  work: (id: string, lang: Lang) => ask<Work>(`api/works/${encodeURIComponent(id)}`, lang),
  systems: (lang: Lang) => ask<{ systems: ListedSystem[]; count: number }>('api/works/systems', lang),
  scheme: (id: string, lang: Lang) => ask<Scheme>(`api/works/systems/${encodeURIComponent(id)}`, lang),
  programme: (budgets: number[], first_villages: string[], lang: Lang) =>
    ask<Programme>('api/programme', lang, { budgets, first_villages }),
  draft: (drawn: Feature<LineString | Point>, lang: Lang) => ask<Draft>('api/works/draft', lang, drawn),
  whatIf: (standard: Record<string, number>, lang: Lang) => ask<WhatIf>('api/what-if', lang, { standard }),
  relocation: (lang: Lang) => ask<RelocationSummary>('api/relocation', lang),
  behind: (query: Record<string, string>, lang: Lang) => ask<BehindAnswer>(`api/relocation/households?${new URLSearchParams(query)}`, lang),
  behindWorks: (query: Record<string, string>, lang: Lang) => ask<BehindAnswer>(`api/behind?${new URLSearchParams(query)}`, lang),
  moveGroups: (lang: Lang) => ask<{ groups: MoveGroup[] }>('api/relocation/groups', lang),
  rebuilt: (lang: Lang) => ask<Rebuilt>('api/relocation/rebuilt', lang),
  relocationSites: (lang: Lang) => ask<FoundSites>('api/relocation/sites', lang),
  matching: (lang: Lang) => ask<Matched>('api/relocation/assignment', lang),
  followUp: (query: Record<string, string>, lang: Lang) => ask<{ rows: FollowUpRow[]; count: number }>(`api/relocation/follow-up?${new URLSearchParams(query)}`, lang),
  whyNot: (lon: number, lat: number, weights: Record<string, number>, lang: Lang) => ask<WhyNot>('api/relocation/why-not', lang, { lon, lat, weights }),
  find: (wanted: { households: number; kind: string; weights: Record<string, number>; most: number }, lang: Lang) => ask<FoundSites>('api/sites/find', lang, wanted),
  compare: (sites: unknown[], lang: Lang) => ask<Comparison>('api/sites/compare', lang, { sites }),
  assign: (wanted: { budget?: number; sites?: string[] }, lang: Lang) => ask<Matched>('api/sites/assign', lang, wanted),
};
