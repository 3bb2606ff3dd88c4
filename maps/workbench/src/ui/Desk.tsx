// Map and panels, and what is chosen in them.
import type { Polygon } from 'geojson';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Households, ServerError, client } from '../api/client';
import type { Catalogue, Lang, SiteVerdict, Status, Summary } from '../api/types';
import { word } from '../core/text';
import { type View, label } from '../core/view';
import type { TownMap } from '../map/townmap';
import { HouseholdCard } from './HouseholdCard';
import { HouseholdList } from './HouseholdList';
import { LayerSwitch } from './LayerSwitch';
import { MapPane } from './MapPane';
import { NeedPanel } from './NeedPanel';
import { Search } from './Search';
import { SitePanel } from './SitePanel';
import { VillageChart } from './VillageChart';
import { WhatIfPanel } from './WhatIfPanel';

export interface DeskProps {
  lang: Lang;
  onLang: (lang: Lang) => void;
  catalogue: Catalogue;
  status: Status;
}

export function Desk({ lang, onLang, catalogue, status }: DeskProps) {
  const [summary, setSummary] = useState<Summary | null>(null);
  const [households, setHouseholds] = useState<Households | null>(null);
  const [view, setView] = useState<View>({ kind: 'gaps' });
  const [village, setVillage] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [verdict, setVerdict] = useState<SiteVerdict | null>(null);
  const [drawing, setDrawing] = useState(false);
  const [notice, setNotice] = useState('');
  const map = useRef<TownMap | null>(null);
  const ready = status.stage === 'ready' || status.stage === 'designing'; // works follow when 'ready'

  useEffect(() => {
    if (!ready) return;
    void client.summary(lang).then(setSummary);
    void client.households(lang).then(setHouseholds);
  }, [ready, lang]);

  useEffect(() => {
    void map.current?.paintHouseholds(view, catalogue, village);
  }, [view, catalogue, village, households]);

  const choose = useCallback(
    (id: string | null) => {
      setChosen(id);
      map.current?.choose(households?.features.find((f) => f.properties.id === id) ?? null);
    },
    [households],
  );

  const judge = useCallback(
    async (polygon: Polygon) => {
      setDrawing(false);
      try {
        const found = await client.assess(polygon, lang);
        setVerdict(found);
        setNotice('');
        void map.current?.overlay(found.usable);
      } catch (error) {
        setNotice(error instanceof ServerError ? error.message : String(error));
      }
    },
    [lang],
  );

  const startDrawing = () => {
    choose(null);
    setVerdict(null);
    setDrawing(true);
    void map.current?.overlay(null);
    map.current?.startDrawing();
  };
  const stopDrawing = () => {
    setDrawing(false);
    setVerdict(null);
    void map.current?.overlay(null);
    map.current?.stopDrawing();
  };

  const villageBox = useMemo(() => boxOf(households, village), [households, village]);
  useEffect(() => {
    const box = villageBox ?? (village === null ? summary?.bbox : null);
    if (box) map.current?.fit(box);
  }, [villageBox, village, summary]);

  return (
    <div className="desk">
      <header>
        <h1>
          {word('title', lang)} <small>{summary?.area}</small>
        </h1>
        {summary && <Search lang={lang} households={households} onChoose={choose} />}
        <nav>
          {status.stage === 'designing' && <span className="note">{label(catalogue, status.step, lang)}…</span>}
          {status.problems > 0 && <span className="note">{word('problems', lang, { n: status.problems })}</span>}
          <a href={`api/ledger?level=household&format=xlsx&lang=${lang}`}>{word('ledger', lang)}</a>
          <a href={`ogc?lang=${lang}`}>{word('interfaces', lang)}</a>
          <button type="button" onClick={() => onLang(lang === 'zh' ? 'en' : 'zh')}>
            {word('other_language', lang)}
          </button>
        </nav>
      </header>
      <aside className="left">
        {summary ? (
          <>
            <NeedPanel {...{ lang, catalogue, summary, view, village }} onView={setView} />
            <VillageChart {...{ lang, catalogue, summary, view, village }} onVillage={setVillage} />
            <HouseholdList {...{ lang, catalogue, households, view, village }} onChoose={choose} />
          </>
        ) : (
          <section>
            <p>{label(catalogue, status.step, lang)}</p>
            <progress max={status.total || 1} value={status.done} />
          </section>
        )}
      </aside>
      <MapPane
        {...{ lang, catalogue, households, summary, view }}
        mapRef={map}
        onHousehold={choose}
        onDrawn={(polygon) => void judge(polygon)}
      />
      <aside className="right">
        {notice && (
          <section className="bad" role="alert">
            {notice} <button onClick={() => setNotice('')}>{word('close', lang)}</button>
          </section>
        )}
        {chosen && <HouseholdCard {...{ lang, catalogue }} id={chosen} onClose={() => choose(null)} />}
        {summary && <SitePanel {...{ lang, catalogue, summary, verdict, drawing }} onDraw={startDrawing} onCancel={stopDrawing} />}
        {ready && <WhatIfPanel {...{ lang, catalogue }} onChoose={choose} />}
        <LayerSwitch {...{ lang, catalogue, view, summary }} onShow={(layer, shown) => map.current?.show(layer, shown)} />
      </aside>
    </div>
  );
}

function boxOf(households: Households | null, village: string | null): [number, number, number, number] | null {
  if (village === null || !households) return null;
  const points = households.features.filter((f) => f.properties.village === village).map((f) => f.geometry.coordinates);
  if (!points.length) return null;
  const xs = points.map((p) => p[0] ?? 0);
  const ys = points.map((p) => p[1] ?? 0);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
