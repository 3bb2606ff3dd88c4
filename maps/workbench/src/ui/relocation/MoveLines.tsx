// Whether a household must move, why, where to, and what follows.
import type { Catalogue, HouseholdMove, Lang } from '../../api/types';
import { word } from '../../core/text';
import { label } from '../../core/view';
import { ruleText } from './parts';

export function MoveLines({ lang, catalogue, move }: { lang: Lang; catalogue: Catalogue; move: HouseholdMove }) {
  const damaged = move.damage !== '0';
  if (move.decision === 'stay' && !move.site && move.compared === 'none' && !damaged) return null;
  return (
    <div className="move" data-decision={move.decision}>
      <p>
        <b>{ruleText(catalogue, 'decision', move.decision, lang)}</b>
        {move.urgency > 0 && ` · ${label(catalogue, `move.urgency.${move.urgency}`, lang)}`} · {ruleText(catalogue, 'compared', move.compared, lang)}
      </p>
      <p>{move.sentence[lang]}</p>
      {damaged && (
        <p className="note">
          {word('expected_damage', lang)}: {ruleText(catalogue, 'damage', move.damage, lang)}
        </p>
      )}
      {move.liable && <p className="note">{label(catalogue, 'relocation.col.liable', lang)}: {move.liable}</p>}
      {move.site && (
        <p className={move.site.id ? 'good' : 'bad'}>
          {move.site.id && `${word('moves_to', lang)} ${move.site.name ?? move.site.id} · `}
          {move.site.sentence[lang]}
        </p>
      )}
      {move.follow_up.length > 0 && (
        <ul className="steps">
          {move.follow_up.map((step) => (
            <li key={step.measure} className={step.state}>
              {step.label[lang]} <small>{[label(catalogue, `follow.state.${step.state}`, lang), step.due, step.note?.[lang]].filter(Boolean).join(' · ')}</small>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
