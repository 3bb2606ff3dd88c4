// The households behind the number: those that lack the chosen need, worst first.
import type { Households } from '../api/client';
import type { Catalogue, Lang } from '../api/types';
import { count, word } from '../core/text';
import { type View, concerned } from '../core/view';

const SHOWN = 100;

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  households: Households | null;
  view: View;
  village: string | null;
  onChoose: (id: string) => void;
}

export function HouseholdList({ lang, catalogue, households, view, village, onChoose }: Props) {
  const all = (households?.features ?? []).map((f) => f.properties);
  const behind = all.filter((h) => (village === null || h.village === village) && concerned(h, view, catalogue)).sort((a, b) => b.gaps - a.gaps);
  return (
    <details>
      <summary>
        {word('who', lang)} ({count(behind.length)})
      </summary>
      <ul className="people">
        {behind.slice(0, SHOWN).map((h) => (
          <li key={h.id}>
            <button type="button" data-household={h.id} onClick={() => onChoose(h.id)}>
              {h.name || h.id} <small>{h.id}</small> {word('n_gaps', lang, { n: h.gaps })}
            </button>
          </li>
        ))}
      </ul>
      {behind.length > SHOWN && <p className="note">{word('more', lang, { n: count(behind.length - SHOWN) })}</p>}
    </details>
  );
}
