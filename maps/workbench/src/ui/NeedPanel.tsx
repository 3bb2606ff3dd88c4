// Who lacks what: one bar per need; a click shows it on the map.
import type { Households } from '../api/client';
import type { Catalogue, Counts, Lang, Summary } from '../api/types';
import { count, word } from '../core/text';
import { type View, label, needCounts, viewCounts } from '../core/view';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  summary: Summary;
  households: Households | null;
  view: View;
  village: string | null;
  onView: (view: View) => void;
}

export function NeedPanel({ lang, catalogue, summary, households, view, village, onView }: Props) {
  const chosen = summary.villages.find((v) => v.id === village);
  const homes = chosen?.households ?? summary.counts['households'] ?? 0;
  const people = chosen?.people ?? summary.counts['people'] ?? 0;
  const uncounted = chosen?.people_unknown ?? summary.counts['people_unknown'] ?? 0;
  const need = view.kind === 'need' ? summary.needs[view.need] : undefined;
  return (
    <section>
      <h2>{word('who_lacks', lang)}</h2>
      <p className="note">
        {chosen?.name ?? word('whole_area', lang)}: {word('n_households', lang, { n: count(homes) })}, {word('n_people', lang, { n: count(people) })}{' '}
        {uncounted > 0 && word('uncounted', lang, { n: count(uncounted) })}
      </p>
      <div className="needs" role="radiogroup">
        <Choice on={view.kind === 'gaps'} text={word('all_gaps', lang)} counts={viewCounts(households, { kind: 'gaps' }, catalogue, village)} onClick={() => onView({ kind: 'gaps' })} />
        <Choice on={view.kind === 'exposure'} text={word('hazard_view', lang)} counts={viewCounts(households, { kind: 'exposure' }, catalogue, village)} onClick={() => onView({ kind: 'exposure' })} />
        {catalogue.needs.map((key) => (
          <button
            type="button"
            role="radio"
            key={key}
            data-need={key}
            aria-checked={view.kind === 'need' && view.need === key}
            onClick={() => onView({ kind: 'need', need: key })}
          >
            <span>{label(catalogue, `need.${key}`, lang)}</span>
            <Bar counts={needCounts(summary, key, village)} />
            <b>{count(needCounts(summary, key, village)[1])}</b>
          </button>
        ))}
      </div>
      {need && village === null && (
        <p className="note">
          {word('unmet_people', lang)} {count(need.unmet_people)}, {word('unmet_poor', lang)} {count(need.unmet_poor)}
        </p>
      )}
    </section>
  );
}

function Choice({ on, text, counts, onClick }: { on: boolean; text: string; counts: Counts; onClick: () => void }) {
  return (
    <button type="button" role="radio" aria-checked={on} onClick={onClick}>
      <span>{text}</span>
      <Bar counts={counts} />
      <b>{count(counts[1])}</b>
    </button>
  );
}

export function Bar({ counts }: { counts: Counts }) {
  const [met, unmet, unknown] = counts;
  const all = met + unmet + unknown || 1;
  const share = (n: number) => `${(100 * n) / all}%`;
  return (
    <i className="bar" title={counts.join(' / ')}>
      <i className="unmet" style={{ width: share(unmet) }} />
      <i className="unknown" style={{ width: share(unknown) }} />
      <i className="met" style={{ width: share(met) }} />
    </i>
  );
}
