// Every water and power system behind the number of checked ones: what failed first, then what costs most per household.
import { useEffect, useRef, useState } from 'react';
import { client, told } from '../api/client';
import type { Catalogue, Lang } from '../api/types';
import type { ListedSystem } from '../api/works';
import { decimals, word } from '../core/text';
import { label } from '../core/view';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  counts: { passed: number; all: number };
  onWork: (id: string) => void;
}

export function SystemList({ lang, catalogue, counts, onWork }: Props) {
  const [found, setFound] = useState<ListedSystem[] | null>(null);
  const [trouble, setTrouble] = useState('');
  const asked = useRef(false);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!shown || asked.current) return;
    asked.current = true;
    client.systems(lang).then(
      (answer) => setFound(answer.systems),
      (error) => {
        asked.current = false;
        setTrouble(told(error));
      },
    );
  }, [shown, lang]);
  return (
    <details className="systems" data-systems={counts.all} onToggle={(e) => setShown(e.currentTarget.open)}>
      <summary>{word('verified_systems', lang, counts)}</summary>
      {trouble && <p className="bad">{trouble}</p>}
      {shown && !found && !trouble && <progress />}
      <ul className="people">
        {found?.map((each) => (
          <li key={each.id}>
            <button type="button" data-system={each.id} disabled={each.work === null} onClick={() => each.work && onWork(each.work)}>
              <b className={each.passed === false ? 'bad' : ''}>{each.id}</b> {label(catalogue, `need.${each.need}`, lang)} · {word('n_households', lang, { n: each.households ?? '?' })} · {each.each.likely === null ? '?' : decimals(each.each.likely, 0)} {word('yuan_each', lang)}
              <small>{(each.sentence ?? each.note)?.[lang]}</small>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
