// The state of the relocation side of the desk, and what it puts on the map.
import type { Feature, FeatureCollection } from 'geojson';
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Households, client, told } from '../../api/client';
import type { Comparison, FoundSites, Matched, Rebuilt, RelocationSummary, SiteProperties, WhyNot } from '../../api/relocation';
import type { Catalogue } from '../../api/types';
import { LAYERS, SHOWN, type Tab, suitabilityUrl } from '../../core/relocation';
import type { TownMap } from '../../map/townmap';
import { useNewest } from '../newest';
import type { Wanted } from './FindView';
import type { Opening } from './parts';

const LIVE_MS = 200;
const STILL = ['subsidence', 'zone_reach', 'zones']; // from the bottom up
const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

interface Props {
  on: boolean;
  designed: boolean;
  catalogue: Catalogue;
  map: RefObject<TownMap | null>;
  households: Households | null;
  onNotice: (text: string) => void;
}

export function useRelocation({ on, designed, catalogue, map, households, onNotice }: Props) {
  const [tab, turnTo] = useState<Tab>('danger');
  const [summary, setSummary] = useState<RelocationSummary | null>(null);
  const [rebuilt, setRebuilt] = useState<Rebuilt | null>(null);
  const [planned, setPlanned] = useState<FoundSites | null>(null); // those of the plan, which the matching is about
  const [searched, setSearched] = useState<FoundSites | null>(null);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [finding, setFinding] = useState(false);
  const [failed, setFailed] = useState(false);
  const [rematching, setRematching] = useState(false);
  const [ticked, setTicked] = useState<string[]>([]);
  const [site, setSite] = useState<string | null>(null);
  const [comparison, setComparison] = useState<Comparison | null>(null);
  const [asking, setAsking] = useState(true);
  const [whyNot, setWhyNot] = useState<WhyNot | null>(null);
  const [matched, setMatched] = useState<Matched | null>(null);
  const [opening, setOpening] = useState<Opening | null>(null);
  const [present, setPresent] = useState<Record<string, Set<string>>>({});
  const sites = useMemo(() => (tab === 'matching' ? openedAs(planned, matched) : searched ? withListed(searched, planned) : planned), [searched, planned, matched, tab]);
  const rows: SiteProperties[] = useMemo(() => (sites?.features ?? []).map((f) => f.properties), [sites]);
  const picked = ticked.filter((id) => rows.some((row) => row.id === id)); // a new search has other sites
  const homes = useMemo(() => placedAs(households, matched), [households, matched]);
  const drawn = useRef(false);
  const marked = useRef(false); // whether what an open list is about is marked on the map
  const [searches, places, comparisons, matchings] = [useNewest(), useNewest(), useNewest(), useNewest()];
  const timer = useRef(0);

  const trouble = useCallback((error: unknown) => onNotice(told(error)), [onNotice]);

  useEffect(() => {
    if (!on || !designed) return;
    if (!summary)
      client.relocation().then((found) => {
        setSummary(found);
        setWanted((before) => before ?? { households: found.finding.households, kind: found.finding.kinds.at(-1)?.key ?? 'village', weights: {} });
      }, trouble);
    if (!rebuilt) client.rebuilt().then(setRebuilt, trouble);
    if (!planned) client.relocationSites().then(setPlanned, trouble);
    if (!matched) client.matching().then((found) => setMatched((before) => before ?? found), trouble);
    // what has come stays; what has not is asked for again at the next visit
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [on, designed, trouble]);

  // layers that stay as they are
  useEffect(() => {
    if (!on || !designed || drawn.current || !map.current || !rebuilt) return;
    drawn.current = true;
    const town = map.current;
    Promise.all(STILL.map((layer) => client.layer(layer)))
      .then(async (found) => {
        for (const [i, layer] of STILL.entries()) await lay(town, catalogue, layer, found[i] ?? EMPTY, true);
        setPresent(Object.fromEntries([...STILL, 'rebuilt'].map((layer, i) => [layer, rulesOf(found[i] ?? rebuilt)])));
        await lay(town, catalogue, 'rebuilt', rebuilt);
        town.whenStill(() => document.body.setAttribute('data-relocation-drawn', 'yes'));
      })
      .catch((error: unknown) => {
        drawn.current = false;
        trouble(error);
      });
  }, [on, designed, rebuilt, catalogue, map, trouble]);

  useEffect(() => {
    if (on && map.current && sites) void lay(map.current, catalogue, 'found_sites', sites);
  }, [on, sites, catalogue, map]);

  useEffect(() => {
    if (on && map.current && matched) void lay(map.current, catalogue, 'matching', matched.lines);
  }, [on, matched, catalogue, map]);

  // what is seen in which view
  useEffect(() => {
    for (const layer of LAYERS) map.current?.show(layer, on && SHOWN[tab].includes(layer));
  }, [on, tab, map]);

  const corners = summary?.finding.corners;
  const weights = JSON.stringify(wanted?.weights ?? {});
  useEffect(() => {
    const town = map.current;
    if (!town || !corners) return;
    if (!on || tab !== 'sites') return void town.picture('suitability', null, corners);
    // like the search, a moment after the last change: not one picture for each step of a slider
    const url = suitabilityUrl(JSON.parse(weights) as Record<string, number>);
    const timer = window.setTimeout(() => void town.picture('suitability', url, corners), LIVE_MS);
    return () => window.clearTimeout(timer);
  }, [on, tab, corners, weights, map]);

  /** Ask anew, a moment after the last change. */
  const search = (next: Wanted) => {
    setWanted(next);
    setFinding(true);
    searches.drop();
    const answered = (found: FoundSites, well: boolean) => {
      setSearched(found);
      setFailed(!well);
      setFinding(false);
    };
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(
      () =>
        searches.ask(
          client.find(next),
          (found) => answered(found, true),
          (error) => {
            answered({ type: 'FeatureCollection', features: [] }, false); // sites found for something else must not stand under this
            trouble(error);
          },
        ),
      LIVE_MS,
    );
  };

  const placeOf = useCallback((opening: Opening | null) => (opening?.place ? (map.current?.place(opening.place.layer, opening.place.id) ?? null) : null), [map]);

  const ring = useCallback(
    (ids: string[], opening: Opening) => {
      const wantedIds = new Set(ids);
      const found = (households?.features ?? []).filter((f) => wantedIds.has(f.properties.id));
      void map.current?.ring(found as Feature[]);
      if (!opening.onMap) map.current?.visit([placeOf(opening), ...found.map((f) => f.geometry)]);
    },
    [households, map, placeOf],
  );

  const open = useCallback(
    (next: Opening | null) => {
      setOpening(next);
      if (next?.place || marked.current) map.current?.pick([placeOf(next)].filter((place) => place !== null));
      marked.current = next?.place !== undefined;
      if (!next) void map.current?.ring([]);
    },
    [map, placeOf],
  );

  const chooseSite = useCallback(
    (id: string | null, onMap = false) => {
      const found = sites?.features.filter((f) => f.properties.id === id).map((f) => f.geometry) ?? [];
      setSite(id);
      map.current?.pick(found);
      if (!onMap) map.current?.visit(found);
    },
    [sites, map],
  );
  const gone = site !== null && !rows.some((row) => row.id === site);
  useEffect(() => {
    if (gone) chooseSite(null);
  }, [gone, chooseSite]);

  const forget = () => {
    places.drop();
    setWhyNot(null);
    map.current?.pin(null);
  };

  const uncompare = () => {
    comparisons.drop();
    setComparison(null);
  };

  /** Nothing stays on the map or over it that the next view does not explain. */
  const leave = () => {
    open(null);
    chooseSite(null);
    forget();
    uncompare();
  };
  const setTab = (next: Tab) => {
    leave();
    turnTo(next);
  };

  /** A click on the map while somebody asks why not here. */
  const place = (at: [number, number], hit: string[]): boolean => {
    if (!on || tab !== 'sites') return false;
    const found = hit.find((h) => h.startsWith('found_sites/'));
    if (found) {
      chooseSite(found.slice('found_sites/'.length), true);
      return true;
    }
    if (!asking) return false;
    map.current?.pin(at);
    places.ask(client.whyNot(at[0], at[1], wanted?.weights ?? {}), setWhyNot, (error) => {
      forget(); // what was said of another place must not stand beside this pin
      trouble(error);
    });
    return true;
  };

  const compare = () => comparisons.ask(client.compare(picked), setComparison, trouble);
  const match = (budget: number | null) => {
    setRematching(true);
    const done = () => setRematching(false);
    matchings.ask(
      client.assign(budget === null ? {} : { budget }),
      (found) => {
        open(null); // a list of the matching before
        setMatched(found);
        done();
      },
      (error) => {
        trouble(error);
        done();
      },
    );
  };
  const pick = (id: string) => setTicked(picked.includes(id) ? picked.filter((p) => p !== id) : [...picked, id].slice(-catalogue.limits.compared[1]));
  return {
    ...{ tab, setTab, leave, summary, rebuilt, sites, rows, wanted, search, finding: finding || (!sites && !failed), failed, picked, pick, site, chooseSite, comparison, uncompare, compare },
    ...{ asking, setAsking, whyNot, forget, place, matched, match, rematching, homes, opening, open, ring, trouble },
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

/** The sites of the plan, opened as this matching has it. */
function openedAs(planned: FoundSites | null, matched: Matched | null): FoundSites | null {
  if (!planned || !matched) return planned;
  const opened = new Set(matched.sites.filter((s) => s.opened).map((s) => s.site));
  return { ...planned, features: planned.features.map((f) => ({ ...f, properties: { ...f.properties, rule: opened.has(f.properties.id) ? 'opened' : 'spare' } })) };
}

/** The households as another matching than the plan's has placed them. */
function placedAs(households: Households | null, matched: Matched | null): Households | null {
  if (!households || matched?.budget === null || matched?.budget === undefined) return households;
  const [placed, left] = [new Set(matched.placed_ids), new Set(matched.left_ids)];
  const word = (id: string) => (placed.has(id) ? 'site' : left.has(id) ? 'left' : 'none');
  return { ...households, features: households.features.map((f) => ({ ...f, properties: { ...f.properties, placed: word(f.properties.id) } })) };
}

async function lay(town: TownMap, catalogue: Catalogue, layer: string, data: FeatureCollection, beneath = false): Promise<void> {
  const theme = catalogue.themes.relocation.find((t) => t.layer === layer);
  if (theme) await town.addLayer(theme, data, beneath);
}
