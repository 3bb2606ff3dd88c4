// The households behind a number, of relocation or of works: a list with the reason of each, ringed on the map.
import { client } from '../../api/client';
import type { Lang } from '../../api/types';
import { count, word } from '../../core/text';
import { bring } from '../bring';
import { useAnswer } from '../newest';
import type { Opening } from './parts';

interface Props {
  lang: Lang;
  opening: Opening;
  onIds: (ids: string[], opening: Opening) => void;
  onTrouble: (error: unknown) => void;
  onHousehold: (id: string) => void;
  onClose: () => void;
}

export function Opened({ lang, opening, onIds, onTrouble, onHousehold, onClose }: Props) {
  const ask = opening.about === 'works' ? client.behindWorks : client.behind;
  const found = useAnswer(JSON.stringify(opening.query), () => ask(opening.query), onTrouble, (answer) => onIds(answer.ids, opening));
  if (!found) return null;
  return (
    <section ref={bring} className="card opened" data-behind={found.count}>
      <h2>
        {opening.title(lang)}
        <button type="button" onClick={onClose}>
          {word('close', lang)}
        </button>
      </h2>
      <p className="note">
        {found.homes !== undefined && found.homes !== found.count && `${word('n_needs', lang, { n: count(found.count) })} · `}
        {word('n_households', lang, { n: count(found.homes ?? found.count) })} · {word('n_people', lang, { n: count(found.people) })}
      </p>
      <ul className="people">
        {found.households.map((h, i) => (
          <li key={`${h.household} ${i}`}>
            <button type="button" data-household={h.household} onClick={() => onHousehold(h.household)}>
              {h.name || h.household} <small>{[h.household, h.village, h.group].filter(Boolean).join(' · ')}</small>
              <span className="why">{h.sentence[lang]}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.count > found.households.length && <p className="note">{word(found.homes === undefined || found.homes === found.count ? 'more' : 'more_needs', lang, { n: count(found.count - found.households.length) })}</p>}
    </section>
  );
}
