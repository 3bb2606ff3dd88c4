// The same question village by village; a click narrows everything to that village.
import type { Households } from '../api/client';
import type { Catalogue, Lang, Summary } from '../api/types';
import { count, word } from '../core/text';
import { type View, viewCounts } from '../core/view';
import { Bar } from './NeedPanel';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  summary: Summary;
  households: Households | null;
  view: View;
  village: string | null;
  onVillage: (id: string | null) => void;
}

export function VillageChart({ lang, catalogue, summary, households, view, village, onVillage }: Props) {
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
            <Bar counts={viewCounts(households, view, catalogue, v.id)} />
            <b>{count(viewCounts(households, view, catalogue, v.id)[1])}</b>
          </button>
        ))}
      </div>
    </section>
  );
}
