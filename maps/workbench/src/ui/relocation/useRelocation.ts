// The state of the relocation side of the desk, and what it puts on the map.
import type { Feature, FeatureCollection } from 'geojson';
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Households, ServerError, client } from '../../api/client';
import type { Comparison, FoundSites, Matched, Rebuilt, RelocationSummary, SiteProperties, WhyNot } from '../../api/relocation';
import type { Catalogue, Lang } from '../../api/types';
import { DOUBLED, LAYERS, SHOWN, type Tab, suitabilityUrl } from '../../core/relocation';
import type { TownMap } from '../../map/townmap';
import type { Wanted } from './FindView';
import type { Opening } from './parts';

const LIVE_MS = 200;
const STILL = ['subsidence', 'zone_reach', 'zones']; // from the bottom up
const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };
const MOST_FOUND = 10;

interface Props {
  on: boolean;
  designed: boolean;
  lang: Lang;
  catalogue: Catalogue;
  map: RefObject<TownMap | null>;
  households: Households | null;
  onNotice: (text: string) => void;
}

export function useRelocation({ on, designed, lang, catalogue, map, households, onNotice }: Props) {
  const [tab, turnTo] = useState<Tab>('danger');
  const [summary, setSummary] = useState<RelocationSummary | null>(null);
  const [rebuilt, setRebuilt] = useState<Rebuilt | null>(null);
  const [planned, setPlanned] = useState<FoundSites | null>(null); // those of the plan, which the matching is about
  const [searched, setSearched] = useState<FoundSites | null>(null);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [busy, setBusy] = useState(false);
  const [picked, setPicked] = useState<string[]>([]);
  const [site, setSite] = useState<string | null>(null);
  const [comparison, setComparison] = useState<Comparison | null>(null);
  const [asking, setAsking] = useState(true);
  const [whyNot, setWhyNot] = useState<WhyNot | null>(null);
  const [matched, setMatched] = useState<Matched | null>(null);
  const [opening, setOpening] = useState<Opening | null>(null);
  const [present, setPresent] = useState<Record<string, Set<string>>>({});
  const sites = useMemo(() => (searched && tab !== 'matching' ? withListed(searched, planned) : planned), [searched, planned, tab]);
  const drawn = useRef(false);
  const turn = useRef(0);

  const trouble = useCallback((error: unknown) => onNotice(error instanceof ServerError ? error.message : String(error)), [onNotice]);

  useEffect(() => {
    if (!on || !designed) return;
    client.relocation(lang).then((found) => {
      setSummary(found);
      setWanted((before) => before ?? { households: found.finding.households, kind: found.finding.kinds.at(-1)?.key ?? 'village', weights: {} });
    }, trouble);
    client.rebuilt(lang).then(setRebuilt, trouble);
    client.relocationSites(lang).then(setPlanned, trouble);
    client.matching(lang).then(setMatched, trouble);
  }, [on, designed, lang, trouble]);

  // layers that stay as they are
  useEffect(() => {
    if (!on || !designed || drawn.current || !map.current || !rebuilt) return;
    drawn.current = true;
    const town = map.current;
    void Promise.all(STILL.map((layer) => client.layer(layer, lang))).then(async (found) => {
      for (const [i, layer] of STILL.entries()) await lay(town, catalogue, layer, found[i] ?? EMPTY, SHOWN[tab].includes(layer), true);
      setPresent(Object.fromEntries([...STILL, 'rebuilt'].map((layer, i) => [layer, rulesOf(found[i] ?? rebuilt)])));
      await lay(town, catalogue, 'rebuilt', rebuilt, SHOWN[tab].includes('rebuilt'));
      town.whenStill(() => document.body.setAttribute('data-relocation-drawn', 'yes'));
    }, trouble);
    // drawn once; which of them are seen is decided below
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [on, designed, rebuilt, catalogue]);

  useEffect(() => {
    if (on && map.current && sites) void lay(map.current, catalogue, 'found_sites', sites, SHOWN[tab].includes('found_sites'));
  }, [on, sites, catalogue, map, tab]);

  useEffect(() => {
    if (on && map.current && matched) void lay(map.current, catalogue, 'matching', matched.lines, SHOWN[tab].includes('matching'));
  }, [on, matched, catalogue, map, tab]);

  // what is seen in which view
  useEffect(() => {
    const town = map.current;
    if (!town) return;
    for (const layer of LAYERS) town.show(layer, on && SHOWN[tab].includes(layer));
    for (const theme of catalogue.themes.layers.filter((t) => DOUBLED.includes(t.layer))) town.show(theme.layer, !on && theme.on);
    for (const theme of catalogue.themes.works) town.show(theme.layer, !on && theme.on);
  }, [on, tab, catalogue, map]);

  const corners = summary?.finding.corners;
  const weights = JSON.stringify(wanted?.weights ?? {});
  useEffect(() => {
    if (!map.current || !corners) return;
    const url = on && tab === 'sites' ? suitabilityUrl(JSON.parse(weights) as Record<string, number>) : null;
    void map.current.picture('suitability', url, corners);
  }, [on, tab, corners, weights, map]);

  /** Ask anew, a moment after the last change. */
  const search = useCallback(
    (next: Wanted) => {
      setWanted(next);
      const mine = ++turn.current;
      setBusy(true);
      window.setTimeout(() => {
        if (mine !== turn.current) return;
        client
          .find({ ...next, most: MOST_FOUND }, lang)
          .then((found) => {
            if (mine !== turn.current) return;
            setSearched(found);
          }, trouble)
          .finally(() => mine === turn.current && setBusy(false));
      }, LIVE_MS);
    },
    [lang, trouble],
  );

  const ring = useCallback(
    (ids: string[]) => {
      const wantedIds = new Set(ids);
      const found = (households?.features ?? []).filter((f) => wantedIds.has(f.properties.id));
      void map.current?.ring(found as Feature[]);
    },
    [households, map],
  );

  const open = useCallback(
    (next: Opening | null) => {
      setOpening(next);
      if (!next) void map.current?.ring([]);
    },
    [map],
  );

  const setTab = (next: Tab) => {
    turnTo(next);
    open(null);
  };

  const chooseSite = useCallback(
    (id: string | null) => {
      setSite(id);
      map.current?.pick(sites?.features.find((f) => f.properties.id === id)?.geometry ?? null);
    },
    [sites, map],
  );

  /** A click on the map while somebody asks why not here. */
  const place = useCallback(
    (at: [number, number], hit: string[]): boolean => {
      if (!on || tab !== 'sites') return false;
      const found = hit.find((h) => h.startsWith('found_sites/'));
      if (found) {
        chooseSite(found.slice('found_sites/'.length));
        return true;
      }
      if (!asking) return false;
      map.current?.pin(at);
      client.whyNot(at[0], at[1], wanted?.weights ?? {}, lang).then(setWhyNot, trouble);
      return true;
    },
    [on, tab, asking, wanted, lang, chooseSite, map, trouble],
  );

  const compare = () => client.compare(picked, lang).then(setComparison, trouble);
  const match = (budget: number | null) => {
    setBusy(true);
    client
      .assign(budget === null ? {} : { budget }, lang)
      .then(setMatched, trouble)
      .finally(() => setBusy(false));
  };
  const forget = () => {
    setWhyNot(null);
    map.current?.pin(null);
  };
  const pick = (id: string) => setPicked((before) => (before.includes(id) ? before.filter((p) => p !== id) : [...before, id].slice(-5)));
  const rows: SiteProperties[] = (sites?.features ?? []).map((f) => f.properties);
  return {
    ...{ tab, setTab, summary, rebuilt, sites, rows, wanted, search, busy, picked, pick, site, chooseSite, comparison, setComparison, compare },
    ...{ asking, setAsking, whyNot, forget, place, matched, match, opening, open, ring },
    present: { ...present, found_sites: rulesOf(sites ?? EMPTY) },
  };
}

export type Relocation = ReturnType<typeof useRelocation>;

/** Found sites anew, beside the listed ones, which no search changes. */
function withListed(found: FoundSites, before: FoundSites | null): FoundSites {
  const listed = before?.features.filter((f) => f.properties.source !== 'found') ?? [];
  return { ...found, features: [...found.features, ...listed] };
}

function rulesOf(data: FeatureCollection): Set<string> {
  return new Set(data.features.map((f) => String(f.properties?.['rule'])));
}

async function lay(town: TownMap, catalogue: Catalogue, layer: string, data: FeatureCollection, shown: boolean, beneath = false): Promise<void> {
  const theme = catalogue.themes.relocation.find((t) => t.layer === layer);
  if (theme) await town.addLayer(theme, data, shown, beneath);
}
