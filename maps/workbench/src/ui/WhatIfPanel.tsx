// Change a number of the standard and see at once who gains and who loses.
import { useEffect, useState } from 'react';
import { client, told } from '../api/client';
import type { Catalogue, Lang, WhatIf } from '../api/types';
import { count, unitIn, word } from '../core/text';
import { label } from '../core/view';
import { NumberField } from './NumberField';
import { useNewest } from './newest';

const WAIT_MS = 350;
const SHOWN = 100;
/** What may rise or fall, and where it stands among the counts; the rest is met. */
const TOLD = [
  ['unmet', 1],
  ['unknown', 2],
] as const;

export function WhatIfPanel({ lang, catalogue, onChoose }: { lang: Lang; catalogue: Catalogue; onChoose: (id: string) => void }) {
  const [changes, setChanges] = useState<Record<string, number>>({});
  const [found, setFound] = useState<WhatIf | null>(null);
  const [trouble, setTrouble] = useState('');
  const newest = useNewest();

  useEffect(() => {
    newest.drop();
    if (!Object.keys(changes).length) {
      setFound(null);
      setTrouble('');
      return;
    }
    const answered = (answer: WhatIf | null, error = '') => {
      setFound(answer); // null: an answer to other numbers must not stand under these
      setTrouble(error);
    };
    const timer = window.setTimeout(() => newest.ask(client.whatIf(changes), answered, (error) => answered(null, told(error))), WAIT_MS);
    return () => window.clearTimeout(timer);
  }, [changes, lang, newest]);

  return (
    <details className="whatif">
      <summary>{word('what_if', lang)}</summary>
      {Object.keys(changes).length > 0 && (
        <button type="button" onClick={() => setChanges({})}>
          {word('reset', lang)}
        </button>
      )}
      {trouble && <p className="bad">{trouble}</p>}
      {found && (
        <div className="outcome" data-changed={found.changed_count}>
          <p>{word('changed', lang, { n: count(found.changed_count) })}</p>
          <table>
            <tbody>
              {Object.entries(found.totals)
                .filter(([, t]) => t.before.join() !== t.after.join())
                .map(([need, t]) => (
                  <tr key={need}>
                    <th>{label(catalogue, `need.${need}`, lang)}</th>
                    {TOLD.map(([state, at]) => (
                      <td key={state}>
                        {t.before[at] !== t.after[at] && (
                          <>
                            {label(catalogue, `state.${state}`, lang)} {count(t.before[at])} → <b>{count(t.after[at])}</b>
                          </>
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
            </tbody>
          </table>
          <ul className="people">
            {found.changed.slice(0, SHOWN).map((c) => (
              <li key={c.household + c.need}>
                <button type="button" onClick={() => onChoose(c.household)}>
                  <small>{c.household}</small> {label(catalogue, `need.${c.need}`, lang)}: {label(catalogue, `state.${c.before}`, lang)} →{' '}
                  {label(catalogue, `state.${c.after}`, lang)}
                </button>
              </li>
            ))}
          </ul>
          {found.changed_count > SHOWN && <p className="note">{word('more_needs', lang, { n: count(found.changed_count - SHOWN) })}</p>}
        </div>
      )}
      <div className="knobs">
        {catalogue.knobs.map((knob) => (
          <label key={knob.key} data-knob={knob.key}>
            <span>
              {knob[lang]} {knob.confidence === 'L' && <em>{word('assumed', lang)}</em>}
            </span>
            <NumberField step="any" value={changes[knob.key] ?? knob.value} onNumber={(value) => setChanges(changed(changes, knob.key, value, knob.value))} />
            <small>{unitIn(knob.unit, lang)}</small>
          </label>
        ))}
      </div>
    </details>
  );
}

function changed(changes: Record<string, number>, key: string, value: number, standard: number): Record<string, number> {
  const { [key]: _, ...others } = changes;
  return value !== standard ? { ...others, [key]: value } : others;
}
