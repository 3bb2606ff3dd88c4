// Every water and power system behind the number of checked ones: what failed first, then what costs most per household.
import { useState } from 'react';
import { client, told } from '../api/client';
import type { Catalogue, Lang } from '../api/types';
import type { ListedSystem } from '../api/works';
import { count, word } from '../core/text';
import { label } from '../core/view';
import { useNewest } from './newest';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  counts: { passed: number; all: number };
  onWork: (id: string, shown: { system: string }) => void;
}

export function SystemList({ lang, catalogue, counts, onWork }: Props) {
  const [found, setFound] = useState<ListedSystem[] | null>(null);
  const [trouble, setTrouble] = useState('');
  const newest = useNewest();
  const [shown, setShown] = useState(false);
  const open = (now: boolean) => {
    setShown(now);
    setTrouble('');
    if (now && !found) newest.ask(client.systems(), (answer) => setFound(answer.systems), (error) => setTrouble(told(error)));
  };
  return (
    <details className="systems" data-systems={counts.all} onToggle={(e) => open(e.currentTarget.open)}>
      <summary>{word('verified_systems', lang, counts)}</summary>
      {trouble && <p className="bad">{trouble}</p>}
      {shown && !found && !trouble && <progress />}
      <ul className="people">
        {found?.map((each) => (
          <li key={each.id}>
            <button type="button" data-system={each.id} disabled={each.work === null} onClick={() => each.work && onWork(each.work, { system: each.id })}>
              <b className={each.passed === false ? 'bad' : ''}>{each.id}</b> {label(catalogue, `need.${each.need}`, lang)} · {word('n_households', lang, { n: each.households === null ? '?' : count(each.households) })} · {each.each.likely === null ? '?' : count(each.each.likely)} {word('yuan_each', lang)}
              <small>{(each.sentence ?? each.note)?.[lang]}</small>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
