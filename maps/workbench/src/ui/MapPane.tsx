// Holds the map element, fills it layer by layer, and says what a click met.
import type { Geometry } from 'geojson';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { type Households, client } from '../api/client';
import type { Catalogue, Lang, Summary } from '../api/types';
import type { Works } from '../api/works';
import { word } from '../core/text';
import { type View, label, viewTitle } from '../core/view';
import { Legend } from './Legend';
import type { Open } from './relocation/parts';
import type { Relocation } from './relocation/useRelocation';
import { type Picked, TownMap } from '../map/townmap';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  households: Households | null;
  summary: Summary | null;
  view: View;
  village: string | null;
  mapRef: RefObject<TownMap | null>;
  onHousehold: (id: string) => void;
  works: Works | null;
  onWork: (id: string) => void;
  onOpen: Open;
  onDrawn: (geometry: Geometry) => void;
  onTrouble: (error: unknown) => void;
  relocation: Relocation | null;
  children?: ReactNode;
}

export function MapPane({ lang, catalogue, households, summary, view, village, mapRef, works, relocation, children, onHousehold, onWork, onOpen, onDrawn, onTrouble }: Props) {
  const element = useRef<HTMLDivElement>(null);
  // the map outlives renders: its handlers must see the newest of these
  const onPlace = relocation?.place;
  const now = useRef({ lang, catalogue, onHousehold, onWork, onOpen, onDrawn, onTrouble, onPlace });
  now.current = { lang, catalogue, onHousehold, onWork, onOpen, onDrawn, onTrouble, onPlace };
  const filled = useRef<Promise<void>>(Promise.resolve());
  const bbox = summary?.bbox;

  useEffect(() => {
    if (!element.current || !bbox) return;
    const map = new TownMap(element.current, bbox, {
      onHousehold: (id) => now.current.onHousehold(id),
      onWork: (id) => now.current.onWork(id),
      onDrawn: (geometry) => now.current.onDrawn(geometry),
      onPlace: (at, hit) => now.current.onPlace?.(at, hit) ?? false,
      onFeature: (picked, at) => {
        const { catalogue, lang, onOpen } = now.current;
        map.say(describe(picked, catalogue, lang), at);
        if (picked.lose > 0) onOpen({ about: 'works', title: (l) => word('fails', l, { name: picked.name || named(picked, catalogue, l) }), query: { fails: `${picked.layer}/${picked.id}` } });
      },
    });
    mapRef.current = map;
    filled.current = fill(map, now.current.catalogue, summary, (error) => now.current.onTrouble(error));
    return () => {
      mapRef.current = null;
      map.remove();
    };
    // one map for the life of the area
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [bbox?.join()]);

  useEffect(() => {
    const map = mapRef.current;
    if (!map || !households) return;
    void map.setHouseholds(households).then(() => map.whenStill(() => document.body.setAttribute('data-map', 'ready')));
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [households, bbox?.join()]);

  useEffect(() => {
    if (households) void mapRef.current?.paintHouseholds(view, catalogue, village);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [view, catalogue, village, households, bbox?.join()]);

  const any = works !== null;
  useEffect(() => {
    const map = mapRef.current;
    if (!map || !works) return;
    // above the layers that are there, whenever they arrive
    void filled.current
      .then(() => map.addWorks(now.current.catalogue.themes.works, works))
      .then(() => map.whenStill(() => document.body.setAttribute('data-works-drawn', String(works.features.length))));
    // one drawing for the life of the map
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [any, bbox?.join()]);

  return (
    <div className="map">
      <div ref={element} className="canvas" />
      <Legend {...{ lang, catalogue, view }} />
      <p className="caption">
        <b>{viewTitle(view, catalogue, lang)}</b> {word('data_date', lang)} {summary?.data_date ?? '—'} · {word('standard', lang)}{' '}
        {summary?.standard === 'default' ? label(catalogue, 'standard.default', lang) : summary?.standard} {summary?.names_masked ? `· ${word('masked', lang)}` : ''}
        {summary?.planar ? <strong className="planar">{label(catalogue, 'map.planar', lang)}</strong> : null}
      </p>
      {children}
    </div>
  );
}

/** Layer by layer; one that fails is told of, and the others are drawn. */
async function fill(map: TownMap, catalogue: Catalogue, summary: Summary | null, onTrouble: (error: unknown) => void): Promise<void> {
  const here = new Set(summary?.layers.filter((l) => l.features > 0).map((l) => l.layer));
  if (!new URLSearchParams(location.search).has('flat')) {
    await map.addRelief(new URL('api/map/terrain/', location.href).href + '{z}/{x}/{y}.png');
  }
  const themes = catalogue.themes.layers.filter((t) => t.layer !== 'households' && here.has(t.layer));
  const data = await Promise.all(themes.map((t) => client.layer(t.layer).catch(onTrouble)));
  for (const [i, theme] of themes.entries()) {
    const features = data[i];
    if (features) await map.addLayer(theme, features);
  }
}

function describe(picked: Picked, catalogue: Catalogue, lang: Lang): string {
  return [[picked.name, named(picked, catalogue, lang)].filter(Boolean).join(' · '), picked.crucial[lang]].filter(Boolean).join('\n');
}

/** What kind of thing it is. */
function named(picked: Picked, catalogue: Catalogue, lang: Lang): string {
  const theme = [...catalogue.themes.layers, ...catalogue.themes.relocation].find((t) => t.layer === picked.layer);
  const rule = theme?.rules.find((r) => r.key === picked.rule);
  return rule && rule.key !== 'all' ? rule[lang] : (theme?.[lang] ?? label(catalogue, picked.layer, lang));
}
