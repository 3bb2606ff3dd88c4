// The planned works in numbers, and the switch of each kind.
import type { Catalogue, Lang } from '../api/types';
import type { Works, WorksSummary } from '../api/works';
import { count, wan, word } from '../core/text';
import { label } from '../core/view';
import { Swatch } from '../map/swatch';
import { SystemList } from './SystemList';
import type { Open, Opening } from './relocation/parts';
import type { Layers } from './useLayers';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  summary: WorksSummary;
  works: Works | null;
  village: string | null;
  onOpen: Open;
  onWork: (id: string, shown: { system: string }) => void;
  layers: Layers;
}

export function WorksPanel({ lang, catalogue, summary, works, village, layers, onOpen, onWork }: Props) {
  const counts = new Map<string, number>();
  for (const f of works?.features ?? []) counts.set(f.properties.kind, (counts.get(f.properties.kind) ?? 0) + 1);
  const { total, systems } = summary;
  const told = { n: count(summary.count), wan: wan(total.likely), low: wan(total.low), high: wan(total.high) };
  const open = Object.values(summary.unserved).reduce((a, b) => a + b, 0);
  const here = village === null ? undefined : summary.villages.find((v) => v.id === village);
  return (
    <section className="legend works" data-works={summary.count}>
      <h2>{word('works', lang)}</h2>
      <p>{word('works_total', lang, told)}</p>
      {summary.only_moving > 0 && <p className="note">{word('only_moving', lang, { wan: wan(summary.only_moving) })}</p>}
      {here && <p className="note">{here.sentence[lang]}</p>}
      <ul className="totals">
        {Object.entries(summary.needs).map(([need, row]) => (
          <li key={need}>
            <span>{label(catalogue, `need.${need}`, lang)}</span> <b>{wan(row.likely)}</b> <small>{word('wan', lang)}</small>
          </li>
        ))}
      </ul>
      {systems.all > 0 && <SystemList {...{ lang, catalogue, onWork }} counts={systems} />}
      {open > 0 && (
        <div className="unserved">
          <Unserved need="all" text={word('unserved', lang, { n: count(open) })} title={(l) => word('unserved', l, { n: count(open) })} onOpen={onOpen} />
          {Object.entries(summary.unserved).map(([need, n]) => {
            const name = label(catalogue, `need.${need}`, lang);
            return <Unserved key={need} need={need} text={`${name} ${count(n)}`} title={(l) => word('unserved_of', l, { need: label(catalogue, `need.${need}`, l) })} onOpen={onOpen} />;
          })}
        </div>
      )}
      {[...catalogue.themes.works]
        .reverse()
        .filter((t) => counts.has(t.kind))
        .map((theme) => (
          <label key={theme.kind}>
            <input type="checkbox" data-layer={theme.layer} checked={!layers.hidden.has(theme.layer)} onChange={() => layers.flip(theme.layer)} />
            {theme.rules[0] && <Swatch rule={theme.rules[0]} geometry={theme.geometry} />} {theme[lang]}
            <small>{count(counts.get(theme.kind) ?? 0)}</small>
          </label>
        ))}
    </section>
  );
}

/** A number of those no work can serve; it opens them, with why. */
function Unserved({ need, text, title, onOpen }: { need: string; text: string; title: Opening['title']; onOpen: Open }) {
  return (
    <button type="button" className="link" data-open={`unserved=${need}`} onClick={() => onOpen({ about: 'works', title, query: { unserved: need } })}>
      {text}
    </button>
  );
}
