// What the map wears in each view of relocation.
import type { View } from './view';

export type Tab = 'danger' | 'moving' | 'sites' | 'matching';
export const TABS: Tab[] = ['danger', 'moving', 'sites', 'matching'];

/** Layers of relocation that are shown in a view; all others of them are hidden. */
export const SHOWN: Record<Tab, string[]> = {
  danger: ['subsidence', 'zone_reach', 'zones'],
  moving: ['zone_reach', 'zones', 'rebuilt'],
  sites: ['found_sites'],
  matching: ['zone_reach', 'found_sites', 'matching'],
};
export const LAYERS = [...new Set(Object.values(SHOWN).flat())];
/** Layers of the area that say the same in another way. */
export const DOUBLED = ['hazards', 'workings'];

export const FIRST_VIEW: Record<Tab, View> = {
  danger: { kind: 'exposure' },
  moving: { kind: 'property', property: 'decision' },
  sites: { kind: 'property', property: 'decision' },
  matching: { kind: 'property', property: 'placed' },
};

/** The address of the picture of suitability under these weights. */
export function suitabilityUrl(weights: Record<string, number>): string {
  const text = Object.entries(weights)
    .map(([key, weight]) => `${key}:${weight.toFixed(3)}`)
    .join(',');
  return `api/map/suitability?${new URLSearchParams(text ? { weights: text } : {})}`;
}
