// What the map shows of the households: a need, the number of gaps, or exposure.
import type { HouseholdProperties, Households } from '../api/client';
import type { Catalogue, Counts, Lang, Rule, Summary } from '../api/types';
import { word } from './text';

export type View = { kind: 'need'; need: string } | { kind: 'gaps' } | { kind: 'exposure' } | { kind: 'property'; property: HouseholdProperty };
/** Properties of a household that paint the map in relocation. */
export type HouseholdProperty = 'damage' | 'decision' | 'compared' | 'placed';

export function viewTitle(view: View, catalogue: Catalogue, lang: Lang): string {
  if (view.kind === 'need') return label(catalogue, `need.${view.need}`, lang);
  if (view.kind === 'property') return label(catalogue, `relocation.view.${view.property}`, lang);
  return word(view.kind === 'gaps' ? 'all_gaps' : 'hazard_view', lang);
}

export function label(catalogue: Catalogue, key: string, lang: Lang): string {
  return catalogue.labels[key]?.[lang] ?? key;
}

/** The rules that paint the households in a view, with the filter each stands for. */
export function viewRules(view: View, catalogue: Catalogue): { rule: Rule; filter: unknown[] }[] {
  if (view.kind === 'exposure') {
    return catalogue.themes.exposures.map((rule) => ({ rule, filter: ['==', ['get', 'exposure'], rule.key] }));
  }
  if (view.kind === 'property') {
    const { property } = view;
    return (catalogue.themes.household_views[property] ?? []).map((rule) => ({ rule, filter: ['==', ['get', property], rule.key] }));
  }
  if (view.kind === 'gaps') {
    const open = catalogue.themes.states.filter((rule) => rule.key === 'unknown').map((rule) => ({ rule, filter: ['all', ['==', ['get', 'gaps'], 0], ['in', '?', ['get', 'states']]] }));
    const gaps = catalogue.themes.gaps.map((rule) => ({
      rule,
      filter: ['all', ['>=', ['get', 'gaps'], rule.low], ['<=', ['get', 'gaps'], rule.high], ...(rule.low === 0 ? [['!', ['in', '?', ['get', 'states']]]] : [])],
    }));
    return [...open, ...gaps];
  }
  const at = catalogue.needs.indexOf(view.need);
  const letterOf: Record<string, string> = { met: 'm', unmet: 'u', unknown: '?' };
  return catalogue.themes.states.map((rule) => ({
    rule,
    filter: ['==', ['slice', ['get', 'states'], at, at + 1], letterOf[rule.key] ?? ''],
  }));
}

export function needCounts(summary: Summary, need: string, village: string | null): Counts {
  if (village !== null) return summary.villages.find((v) => v.id === village)?.needs[need] ?? [0, 0, 0];
  const t = summary.needs[need];
  return t ? [t.met, t.unmet, t.unknown] : [0, 0, 0];
}

/** Whether a household is one of those the view is about: it lacks the need, has a gap, or is threatened. */
export function concerned(h: HouseholdProperties, view: View, catalogue: Catalogue): boolean {
  if (view.kind === 'exposure') return h.exposure === 'inside' || h.exposure === 'buffer';
  if (view.kind === 'gaps') return h.gaps > 0;
  if (view.kind === 'property') return false;
  return h.states[catalogue.needs.indexOf(view.need)] === 'u';
}

/** Whether nobody can tell: no gap is known, but a need is not known either. */
function unclear(h: HouseholdProperties, view: View, catalogue: Catalogue): boolean {
  if (view.kind === 'need') return h.states[catalogue.needs.indexOf(view.need)] === '?';
  if (view.kind === 'exposure') return h.exposure === 'unknown';
  return view.kind === 'gaps' && h.gaps === 0 && h.states.includes('?');
}

/** Households not concerned, concerned and unknown, of one village or of all: what every bar shows. */
export function viewCounts(households: Households | null, view: View, catalogue: Catalogue, village: string | null): Counts {
  const counts: Counts = [0, 0, 0];
  for (const { properties: h } of households?.features ?? []) {
    if (village !== null && h.village !== village) continue;
    counts[unclear(h, view, catalogue) ? 2 : concerned(h, view, catalogue) ? 1 : 0] += 1;
  }
  return counts;
}
