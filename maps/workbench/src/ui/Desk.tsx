// Map and panels, and what is chosen in them.
import type { Geometry } from 'geojson';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Households, client, told } from '../api/client';
import type { Catalogue, Lang, SiteVerdict, Status, Summary } from '../api/types';
import type { Draft, Works } from '../api/works';
import { boxAround } from '../core/box';
import { word } from '../core/text';
import { FIRST_VIEW, type Tab } from '../core/relocation';
import { type View, label } from '../core/view';
import type { TownMap } from '../map/townmap';
import { type DraftKind, DraftPanel } from './DraftPanel';
import { HouseholdCard } from './HouseholdCard';
import { HouseholdList } from './HouseholdList';
import { LayerSwitch } from './LayerSwitch';
import { MapPane } from './MapPane';
import { NeedPanel } from './NeedPanel';
import { ProblemList } from './ProblemList';
import { ProgrammePanel } from './ProgrammePanel';
import { Search } from './Search';
import { SitePanel } from './SitePanel';
import { VillageChart } from './VillageChart';
import { WhatIfPanel } from './WhatIfPanel';
import { WorkCard } from './WorkCard';
import { WorksPanel } from './WorksPanel';
import { bring } from './bring';
import { useNewest } from './newest';
import { type Mode, useLayers } from './useLayers';
import { CompareTray } from './relocation/CompareTray';
import { Opened } from './relocation/Opened';
import { RelocationKey } from './relocation/RelocationKey';
import { RelocationPanel } from './relocation/RelocationPanel';
import { SiteCard } from './relocation/SiteCard';
import { WhyNotCard } from './relocation/WhyNotCard';
import { useRelocation } from './relocation/useRelocation';

/** Fields in which Escape means what is typed. */
const TYPED = ['search', 'text', 'number'];

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
  const [works, setWorks] = useState<Works | null>(null);
  const [work, setWork] = useState<string | null>(null);
  const [drafting, setDrafting] = useState<{ kind: DraftKind; volume: number } | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [notice, setNotice] = useState('');
  const [reading, setReading] = useState(false);
  const [mode, setMode] = useState<Mode>('gaps');
  const [busy, setBusy] = useState(false);
  const map = useRef<TownMap | null>(null);
  const tell = (error: unknown) => setNotice(told(error));
  const designed = status.stage === 'ready';
  const judged = designed || status.stage === 'designing'; // gaps and sites come first, works follow

  const moving = mode === 'relocation';
  const relocation = useRelocation({ on: moving, designed, catalogue, map, households, onNotice: setNotice });
  const layers = useLayers(mode, catalogue, map, summary?.bbox.join());
  const [summaries, drawings] = [useNewest(), useNewest()];
  const enter = (next: Mode) => {
    setMode(next);
    relocation.leave();
    stopDrawing();
    chooseWork(null); // card and programme go with their panels: nothing shines that no legend explains
    void map.current?.shine(works, {});
    map.current?.hush();
    setView(next === 'relocation' ? FIRST_VIEW[relocation.tab] : { kind: 'gaps' });
  };

  const enterTab = (next: Tab) => {
    stopDrawing();
    relocation.setTab(next);
    setView(FIRST_VIEW[next]);
  };

  useEffect(() => {
    if (judged) client.households().then(setHouseholds, tell);
  }, [judged]);

  useEffect(() => {
    if (judged) summaries.ask(client.summary(), setSummary, tell); // that of the design may overtake the one before
    if (designed) client.works().then(setWorks, tell);
  }, [judged, designed, summaries]);

  /** `onMap`: it was chosen on the map, which then stays where it is; a list moves it to what is chosen. */
  const choose = useCallback(
    (id: string | null, onMap = false) => {
      const home = households?.features.find((f) => f.properties.id === id);
      setChosen(id);
      map.current?.choose(home ?? null);
      if (home && !onMap) map.current?.visit([home.geometry]);
    },
    [households],
  );

  /** With `system` all works of it are shown; the card is that of the one work. */
  const chooseWork = (id: string | null, { system = null, onMap = false }: { system?: string | null; onMap?: boolean } = {}) => {
    const found = works?.features.filter(({ properties: w }) => (system === null ? w.id === id : w.system === system)).map((f) => f.geometry);
    setWork(id);
    map.current?.pick(found ?? []);
    if (!onMap) map.current?.visit(found ?? []);
  };

  const chooseListed = (id: string | null) => {
    const place = id === null ? null : (map.current?.place('sites', id) ?? null);
    map.current?.pick(place ? [place] : []);
    map.current?.visit([place]);
  };

  /** What was drawn is a site to judge, or a road or pool to price. */
  const drawn = (geometry: Geometry) => {
    setNotice('');
    const failed = (error: unknown) => {
      stopDrawing();
      tell(error);
    };
    if (geometry.type === 'Polygon') {
      setDrawing(false);
      const judge = (found: SiteVerdict) => {
        setVerdict(found);
        void map.current?.overlay(found.usable);
      };
      drawings.ask(client.assess(geometry), judge, failed);
    } else if (geometry.type === 'LineString' || geometry.type === 'Point') {
      setBusy(true);
      const priced = (found: Draft) => {
        stopDrawing();
        setDraft(found);
        void map.current?.overlay(found.geometry);
      };
      drawings.ask(client.draft({ type: 'Feature', geometry, properties: drafting?.kind === 'pool' ? { volume: drafting.volume } : {} }), priced, failed);
    }
  };

  const startDrawing = () => {
    choose(null);
    stopDrawing();
    setDrawing(true);
    map.current?.startDrawing('polygon');
  };
  const startDraft = (kind: DraftKind, volume: number) => {
    choose(null);
    stopDrawing();
    setDrafting({ kind, volume });
    map.current?.startDrawing(kind === 'road' ? 'linestring' : 'point');
  };
  const stopDrawing = () => {
    drawings.drop();
    setBusy(false);
    setDrawing(false);
    setVerdict(null);
    setDrafting(null);
    setDraft(null);
    void map.current?.overlay(null);
    map.current?.stopDrawing();
  };

  // Escape closes what was opened last: what is being drawn, then the cards
  const escape = useRef<() => void>(() => undefined);
  escape.current = () => {
    if (drawing || drafting || draft || verdict) stopDrawing();
    else if (reading) setReading(false);
    else if (chosen) choose(null);
    else if (relocation.opening) relocation.open(null);
    else if (relocation.comparison) relocation.uncompare();
    else if (relocation.whyNot) relocation.forget();
    else if (relocation.site) relocation.chooseSite(null);
    else if (work) chooseWork(null);
    else setNotice('');
  };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement && TYPED.includes(event.target.type);
      if (event.key === 'Escape' && !typing) escape.current();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);

  const site = relocation.rows.find((each) => each.id === relocation.site);
  const villageBox = useMemo(() => boxAround(village === null ? [] : (households?.features.filter((f) => f.properties.village === village).map((f) => f.geometry) ?? [])), [households, village]);
  useEffect(() => {
    const box = villageBox ?? (village === null ? summary?.bbox : null);
    if (box) map.current?.fit(box);
    // the numbers of a summary may be renewed without moving the map
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [villageBox, village, summary?.bbox.join()]);

  return (
    <div className={moving ? 'desk moving' : 'desk'}>
      <header>
        <h1>
          {word('title', lang)} <small>{summary?.area}</small>
        </h1>
        <div className="modes" role="tablist">
          {(['gaps', 'relocation'] as const).map((each) => (
            <button type="button" role="tab" key={each} data-mode={each} aria-selected={each === mode} disabled={!designed && each === 'relocation'} onClick={() => enter(each)}>
              {word(`mode_${each}`, lang)}
            </button>
          ))}
        </div>
        {summary && <Search {...{ lang, households }} villages={summary.villages} onChoose={choose} />}
        <nav>
          {status.stage === 'designing' && <span className="note">{label(catalogue, status.step, lang)}…</span>}
          {status.problems > 0 && <button type="button" className="link" data-open="problems" onClick={() => setReading(true)}>{word('problems', lang, { n: status.problems })}</button>}
          {judged && <a href={`api/ledger?level=household&format=xlsx&lang=${lang}`}>{word('ledger', lang)}</a>}
          <a href={`ogc?lang=${lang}`}>{word('interfaces', lang)}</a>
          <button
            type="button"
            data-lang={lang}
            onClick={() => {
              setNotice(''); // it was told in the other language
              map.current?.hush();
              onLang(lang === 'zh' ? 'en' : 'zh');
            }}
          >
            {word('other_language', lang)}
          </button>
        </nav>
      </header>
      <aside className="left">
        {moving ? (
          <RelocationPanel {...{ lang, catalogue, relocation, view }} onView={setView} onTab={enterTab} onHousehold={choose} />
        ) : summary ? (
          <>
            <NeedPanel {...{ lang, catalogue, summary, households, view, village }} onView={setView} />
            <VillageChart {...{ lang, catalogue, summary, households, view, village }} onVillage={setVillage} />
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
        {...{ lang, catalogue, summary, view, village, works }}
        households={relocation.homes}
        relocation={moving ? relocation : null}
        mapRef={map}
        onHousehold={(id) => choose(id, true)}
        onWork={(id) => chooseWork(id, { onMap: true })}
        onOpen={(opening) => relocation.open({ ...opening, onMap: true })}
        onDrawn={drawn}
        onTrouble={tell}
      >
        {moving && relocation.comparison && <CompareTray {...{ lang, catalogue }} found={relocation.comparison} onChoose={relocation.chooseSite} onClose={relocation.uncompare} />}
      </MapPane>
      <aside className="right">
        {notice && (
          <section ref={bring} className="bad" role="alert">
            {notice} <button onClick={() => setNotice('')}>{word('close', lang)}</button>
          </section>
        )}
        {reading && <ProblemList {...{ lang }} onTrouble={(error) => (setReading(false), tell(error))} onClose={() => setReading(false)} />}
        {chosen && <HouseholdCard {...{ lang, catalogue }} id={chosen} onTrouble={(error) => (choose(null), tell(error))} onClose={() => choose(null)} />}
        {moving && relocation.whyNot && <WhyNotCard {...{ lang, catalogue }} found={relocation.whyNot} onClose={relocation.forget} />}
        {moving && site && <SiteCard {...{ lang, catalogue, site }} onClose={() => relocation.chooseSite(null)} />}
        {relocation.opening && <Opened {...{ lang }} key={JSON.stringify(relocation.opening.query)} opening={relocation.opening} onTrouble={(error) => (relocation.open(null), tell(error))} onIds={relocation.ring} onHousehold={choose} onClose={() => relocation.open(null)} />}
        {work && <WorkCard {...{ lang }} id={work} onTrouble={(error) => (chooseWork(null), tell(error))} onOpen={relocation.open} onWork={chooseWork} onClose={() => chooseWork(null)} />}
        {!moving && summary && (summary.works.count > 0 || Object.keys(summary.works.unserved).length > 0) && (
          <>
            <WorksPanel {...{ lang, catalogue, works, village, layers }} summary={summary.works} onOpen={relocation.open} onWork={chooseWork} />
            {summary.works.count > 0 && <ProgrammePanel {...{ lang, summary, village }} limits={catalogue.limits} onChosen={(years) => void map.current?.shine(works, years)} onWork={chooseWork} onOpen={relocation.open} />}
          </>
        )}
        {!moving && designed && <DraftPanel {...{ lang, catalogue, draft, busy }} onHousehold={choose} drafting={drafting?.kind ?? null} onStart={startDraft} onCancel={stopDrawing} />}
        {summary && (!moving || relocation.tab === 'sites') && <SitePanel {...{ lang, catalogue, summary, verdict, drawing }} onDraw={startDrawing} onCancel={stopDrawing} onListed={chooseListed} />}
        {!moving && judged && <WhatIfPanel {...{ lang, catalogue }} onChoose={choose} />}
        {moving && <RelocationKey {...{ lang, catalogue }} tab={relocation.tab} present={relocation.present} />}
        <LayerSwitch {...{ lang, catalogue, summary, layers }} />
      </aside>
    </div>
  );
}
