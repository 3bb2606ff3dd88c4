// One household: every need with its state and the reason in words.
import { client } from '../api/client';
import type { Catalogue, Lang } from '../api/types';
import { word } from '../core/text';
import { label } from '../core/view';
import { bring } from './bring';
import { useAnswer } from './newest';
import { MoveLines } from './relocation/MoveLines';

interface Props {
  id: string;
  lang: Lang;
  catalogue: Catalogue;
  onTrouble: (error: unknown) => void;
  onClose: () => void;
}

export function HouseholdCard({ id, lang, catalogue, onTrouble, onClose }: Props) {
  const household = useAnswer(id, () => client.household(id), onTrouble);
  if (!household) return null;
  const zones = household.exposure.zones;
  return (
    <section key={household.id} ref={bring} className="card" data-card={household.id}>
      <h2>
        {household.name || household.id}
        <button type="button" onClick={onClose}>
          {word('close', lang)}
        </button>
      </h2>
      <p className="note">
        {household.id} · {household.village} {household.group} · {word('n_people', lang, { n: household.people ?? '?' })}
        {household.poor ? ` · ${word('poor', lang)}` : ''}
        {household.poor === null ? ` · ${word('poor', lang)}: ${label(catalogue, 'state.unknown', lang)}` : ''}
      </p>
      {zones.length > 0 && (
        <ul className="bad">
          {zones.map((z) => (
            <li key={`${z.id}${z.kind}`}>
              {z.name ?? z.id}: {label(catalogue, `relation.${z.relation}`, lang)}
              {z.relation === 'buffer' ? ` (${Math.round(z.distance_m)} m)` : ''}
            </li>
          ))}
        </ul>
      )}
      <MoveLines {...{ lang, catalogue }} move={household.relocation} />
      <dl>
        {household.needs.map((n) => (
          <div key={n.need} className={n.state}>
            <dt>
              {label(catalogue, `need.${n.need}`, lang)} <em>{label(catalogue, `state.${n.state}`, lang)}</em>
            </dt>
            <dd>
              {n.sentence[lang]} <small>{label(catalogue, `basis.${n.basis}`, lang)}</small>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
