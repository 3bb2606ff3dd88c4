// Change a number of the standard and see at once who gains and who loses.
import { useEffect, useRef, useState } from 'react';
import { client, told } from '../api/client';
import type { Catalogue, Lang, WhatIf } from '../api/types';
import { unitIn, word } from '../core/text';
import { label } from '../core/view';

const WAIT_MS = 350;

export function WhatIfPanel({ lang, catalogue, onChoose }: { lang: Lang; catalogue: Catalogue; onChoose: (id: string) => void }) {
  const [changes, setChanges] = useState<Record<string, number>>({});
  const [found, setFound] = useState<WhatIf | null>(null);
  const [trouble, setTrouble] = useState('');
  const asked = useRef(0);

  useEffect(() => {
    const turn = ++asked.current;
    if (!Object.keys(changes).length) {
      setFound(null);
      setTrouble('');
      return;
    }
    const timer = window.setTimeout(async () => {
      try {
        const answer = await client.whatIf(changes, lang);
        if (turn !== asked.current) return;
        setFound(answer);
        setTrouble('');
      } catch (error) {
        if (turn !== asked.current) return;
        setFound(null); // an answer to other numbers must not stand under these
        setTrouble(told(error));
      }
    }, WAIT_MS);
    return () => window.clearTimeout(timer);
  }, [changes, lang]);

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
          <p>{word('changed', lang, { n: found.changed_count.toLocaleString() })}</p>
          <table>
            <tbody>
              {Object.entries(found.totals)
                .filter(([, t]) => t.before.join() !== t.after.join())
                .map(([need, t]) => (
                  <tr key={need}>
                    <th>{label(catalogue, `need.${need}`, lang)}</th>
                    <td>
                      {t.before[1]} → <b>{t.after[1]}</b>
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
          <ul className="people">
            {found.changed.slice(0, 20).map((c) => (
              <li key={c.household + c.need}>
                <button type="button" onClick={() => onChoose(c.household)}>
                  <small>{c.household}</small> {label(catalogue, `need.${c.need}`, lang)}: {label(catalogue, `state.${c.before}`, lang)} →{' '}
                  {label(catalogue, `state.${c.after}`, lang)}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="knobs">
        {catalogue.knobs.map((knob) => (
          <label key={knob.key} data-knob={knob.key}>
            <span>
              {knob[lang]} {knob.confidence === 'L' && <em>{word('assumed', lang)}</em>}
            </span>
            <input
              type="number"
              step="any"
              value={changes[knob.key] ?? knob.value}
              onChange={(e) => setChanges(changed(changes, knob.key, e.target.valueAsNumber, knob.value))}
            />
            <small>{unitIn(knob.unit, lang)}</small>
          </label>
        ))}
      </div>
    </details>
  );
}

function changed(changes: Record<string, number>, key: string, value: number, standard: number): Record<string, number> {
  const { [key]: _, ...others } = changes;
  return Number.isFinite(value) && value !== standard ? { ...others, [key]: value } : others;
}
