// Budgets of the years in, the works of each year out, on the map and in numbers.
import { type FormEvent, useState } from 'react';
import { client, told } from '../api/client';
import type { Lang, Limits, Summary } from '../api/types';
import type { Programme } from '../api/works';
import { count, decimals, word } from '../core/text';
import { readBudgets, yearColour } from '../core/years';
import { FrontierChart } from './FrontierChart';
import { useNewest } from './newest';
import type { Open } from './relocation/parts';

const SHOWN = 40;

interface Props {
  lang: Lang;
  limits: Limits;
  summary: Summary;
  village: string | null;
  onChosen: (years: Record<string, number>) => void;
  onWork: (id: string) => void;
  onOpen: Open;
}

export function ProgrammePanel({ lang, limits, summary, village, onChosen, onWork, onOpen }: Props) {
  const [text, setText] = useState('500,300');
  const [first, setFirst] = useState(false);
  const [found, setFound] = useState<(Programme & { asked: Record<string, string> }) | null>(null);
  const [trouble, setTrouble] = useState('');
  const [bad, setBad] = useState(false);
  const [busy, setBusy] = useState(false);
  const newest = useNewest(); // gone from the desk, it makes nothing shine any more
  const name = summary.villages.find((v) => v.id === village)?.name;

  const ask = (event: FormEvent) => {
    event.preventDefault();
    const budgets = readBudgets(text, limits);
    clear(); // an answer to other budgets must not stand under these
    setBad(!budgets);
    setTrouble('');
    if (!budgets) return;
    setBusy(true);
    const villages = first && village ? [village] : [];
    newest.ask(
      client.programme(budgets, villages),
      (answer) => {
        setBusy(false);
        setFound({ ...answer, asked: { budgets: budgets.join(), first: villages.join() } });
        onChosen(answer.chosen);
      },
      (error) => {
        setBusy(false);
        setTrouble(told(error));
      },
    );
  };
  const clear = () => {
    setFound(null);
    onChosen({});
  };
  return (
    <section className="programme">
      <h2>
        {word('programme', lang)}
        {found && (
          <button type="button" onClick={clear}>
            {word('close', lang)}
          </button>
        )}
      </h2>
      <form onSubmit={(event) => void ask(event)}>
        <label>
          {word('budgets', lang)}
          <input data-budgets value={text} onChange={(e) => setText(e.target.value)} />
        </label>
        <button type="submit" data-programme="ask" disabled={busy}>
          {word('plan_it', lang)}
        </button>
        {name && (
          <label className="first">
            <input type="checkbox" checked={first} onChange={(e) => setFirst(e.target.checked)} /> {word('first_village', lang, { name })}
          </label>
        )}
      </form>
      {busy && (
        <p className="note">
          {word('programming', lang)} <progress />
        </p>
      )}
      {(bad || trouble) && (
        <p className="bad" role="alert">
          {bad ? word('bad_budgets', lang, { years: limits.years, wan: count(limits.wan) }) : trouble}
        </p>
      )}
      {found && <Outcome {...{ found, lang, onWork, onOpen }} />}
    </section>
  );
}

function Outcome({ found, lang, onWork, onOpen }: { found: Programme & { asked: Record<string, string> }; lang: Lang; onWork: (id: string) => void; onOpen: Open }) {
  return (
    <div className="outcome" data-chosen={Object.keys(found.chosen).length}>
      <ul>
        {found.years.map((y) => (
          <li key={y.year} data-year={y.year}>
            <i style={{ background: yearColour(y.year) }} /> {word('year_n', lang, { n: y.year })}{' '}
            <b>{word('spent', lang, { spent: decimals(y.spent, 1), budget: decimals(y.budget, 1) })}</b>{' '}
            <button type="button" className="link" data-open={`year=${y.year}`} disabled={y.households === 0} onClick={() => onOpen({ about: 'works', title: (l) => word('reached_in', l, { n: y.year }), query: { ...found.asked, year: String(y.year) } })}>
              {word('reached', lang, { households: decimals(y.households, 0), people: decimals(y.people, 0) })}
            </button>
          </li>
        ))}
      </ul>
      <p className="note" data-gap={found.gap}>
        {word('within', lang, { gap: decimals(found.gap * 100, 2) })}
      </p>
      <FrontierChart steps={found.frontier} lang={lang} />
      <details>
        <summary>{word('not_chosen', lang, { n: count(found.not_chosen_count) })}</summary>
        <ul className="people">
          {found.not_chosen.slice(0, SHOWN).map((each) => (
            <li key={each.unit}>
              <button type="button" onClick={() => onWork(each.work)}>
                {each.unit} {decimals(each.likely, 1)} {word('wan', lang)} <small>{each.sentence[lang]}</small>
              </button>
            </li>
          ))}
        </ul>
        {found.not_chosen_count > SHOWN && <p className="note">{word('more_works', lang, { n: count(found.not_chosen_count - SHOWN) })}</p>}
      </details>
    </div>
  );
}
