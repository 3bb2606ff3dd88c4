// The households behind a number, of relocation or of works: a list with the reason of each, ringed on the map.
import { useEffect, useState } from 'react';
import { client } from '../../api/client';
import type { BehindAnswer } from '../../api/relocation';
import type { Lang } from '../../api/types';
import { word } from '../../core/text';
import type { Opening } from './parts';

interface Props {
  lang: Lang;
  opening: Opening;
  onIds: (ids: string[]) => void;
  onTrouble: (error: unknown) => void;
  onHousehold: (id: string) => void;
  onClose: () => void;
}

export function Opened({ lang, opening, onIds, onTrouble, onHousehold, onClose }: Props) {
  const [found, setFound] = useState<BehindAnswer | null>(null);
  const asked = JSON.stringify(opening.query);
  const ask = opening.about === 'works' ? client.behindWorks : client.behind;
  useEffect(() => {
    let current = true;
    ask(JSON.parse(asked) as Record<string, string>, lang).then((answer) => {
      if (!current) return;
      setFound(answer);
      onIds(answer.ids);
    }, onTrouble);
    return () => {
      current = false;
    };
    // what is asked decides; the handler is renewed with every render
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked, ask, lang]);
  if (!found) return null;
  return (
    <section className="card opened" data-behind={found.count}>
      <h2>
        {opening.title}
        <button type="button" onClick={onClose}>
          {word('close', lang)}
        </button>
      </h2>
      <p className="note">
        {found.homes !== undefined && found.homes !== found.count && `${word('n_needs', lang, { n: found.count.toLocaleString() })} · `}
        {word('n_households', lang, { n: (found.homes ?? found.count).toLocaleString() })} · {word('n_people', lang, { n: found.people.toLocaleString() })}
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
      {found.count > found.households.length && <p className="note">{word(found.homes === undefined || found.homes === found.count ? 'more' : 'more_needs', lang, { n: (found.count - found.households.length).toLocaleString() })}</p>}
    </section>
  );
}
