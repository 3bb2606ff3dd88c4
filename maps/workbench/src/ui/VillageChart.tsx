// The same question village by village; a click narrows everything to that village.
import type { Catalogue, Counts, Lang, Summary, VillageRow } from '../api/types';
import { word } from '../core/text';
import type { View } from '../core/view';
import { Bar } from './NeedPanel';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  summary: Summary;
  view: View;
  village: string | null;
  onVillage: (id: string | null) => void;
}

export function VillageChart({ lang, catalogue, summary, view, village, onVillage }: Props) {
  const needs = view.kind === 'need' ? [view.need] : catalogue.needs;
  return (
    <section>
      <h2>
        {word('villages', lang)}
        {village !== null && (
          <button type="button" onClick={() => onVillage(null)}>
            {word('whole_area', lang)}
          </button>
        )}
      </h2>
      <div className="needs villages">
        {summary.villages.map((v) => (
          <button type="button" key={v.id} data-village={v.id} aria-pressed={v.id === village} onClick={() => onVillage(v.id === village ? null : v.id)}>
            <span>
              {v.name}
              {v.poor && <em title={word('poor_village', lang)}>●</em>}
            </span>
            <Bar counts={totals(v, needs)} />
            <b>{totals(v, needs)[1].toLocaleString()}</b>
          </button>
        ))}
      </div>
    </section>
  );
}

function totals(village: VillageRow, needs: string[]): Counts {
  const sum: Counts = [0, 0, 0];
  for (const need of needs) {
    const [met, unmet, unknown] = village.needs[need] ?? [0, 0, 0];
    sum[0] += met;
    sum[1] += unmet;
    sum[2] += unknown;
  }
  return sum;
}
