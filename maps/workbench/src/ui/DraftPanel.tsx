// A road drawn or a pool placed by hand: its price, and whom it would serve.
import { useState } from 'react';
import type { Catalogue, Lang } from '../api/types';
import type { Draft } from '../api/works';
import { amount, count, decimals, unitName, word } from '../core/text';
import { label } from '../core/view';
import { NumberField } from './NumberField';
import { ProfileChart } from './ProfileChart';

export type DraftKind = 'road' | 'pool';
const SHOWN = 200;

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  drafting: DraftKind | null;
  draft: Draft | null;
  busy: boolean;
  onHousehold: (id: string) => void;
  onStart: (kind: DraftKind, volume: number) => void;
  onCancel: () => void;
}

export function DraftPanel({ lang, catalogue, drafting, draft, busy, onHousehold, onStart, onCancel }: Props) {
  const [volume, setVolume] = useState(catalogue.limits.pool_m3);
  return (
    <section className="draft">
      <h2>
        {word('draft', lang)}
        {(drafting || draft) && (
          <button type="button" data-draft="cancel" onClick={onCancel}>
            {word(draft ? 'close' : 'cancel', lang)}
          </button>
        )}
      </h2>
      {drafting && <p className="note">{word(busy ? 'pricing' : drafting === 'road' ? 'draft_road_how' : 'draft_pool_how', lang)}</p>}
      {busy && <progress />}
      {!drafting && !draft && (
        <p>
          <button type="button" data-draft="road" onClick={() => onStart('road', volume)}>
            {word('draft_road', lang)}
          </button>{' '}
          <button type="button" data-draft="pool" onClick={() => onStart('pool', volume)}>
            {word('draft_pool', lang)}
          </button>{' '}
          <label>
            <NumberField min="1" max={catalogue.limits.most_pool_m3} value={volume} aria-label={word('pool_volume', lang)} onNumber={setVolume} /> m³
          </label>
        </p>
      )}
      {draft && <Outcome {...{ draft, lang, catalogue, onHousehold }} />}
    </section>
  );
}

function Outcome({ draft, lang, catalogue, onHousehold }: { draft: Draft; lang: Lang; catalogue: Catalogue; onHousehold: (id: string) => void }) {
  const won = draft.changed.filter((c) => c.after === 'met');
  const { price } = draft;
  const told = { households: draft.households, people: draft.people, poor: draft.poor_households };
  return (
    <div className="outcome" data-gained={draft.households}>
      <p>
        {draft.works.map((w, i) => (
          <span key={i}>
            {w.label[lang]} {amount(w.quantity, w.unit)} {unitName(w.unit)}{' '}
          </span>
        ))}
      </p>
      <p>
        <b>{decimals(price.likely, 2)}</b> ({decimals(price.low, 2)}–{decimals(price.high, 2)}) {word('wan', lang)} {price.assumed && <em>{word('assumed', lang)}</em>}
      </p>
      <p>{draft.households ? word('would_serve', lang, told) : word('serves_nobody', lang)}</p>
      <ul>
        {Object.entries(draft.gained).map(([need, n]) => (
          <li key={need}>
            {label(catalogue, `need.${need}`, lang)}: {word('n_households', lang, { n: count(n) })}
          </li>
        ))}
        {draft.notes.map((note) => (
          <li key={note.en} className="bad">
            {note[lang]}
          </li>
        ))}
      </ul>
      {won.length > 0 && (
        <details>
          <summary>
            {word('who', lang)} ({count(draft.households)})
          </summary>
          <ul className="people">
            {won.slice(0, SHOWN).map((c) => (
              <li key={c.household + c.need}>
                <button type="button" data-household={c.household} onClick={() => onHousehold(c.household)}>
                  {c.household} <small>{label(catalogue, `need.${c.need}`, lang)}</small>
                </button>
              </li>
            ))}
          </ul>
          {won.length > SHOWN && <p className="note">{word('more_needs', lang, { n: count(won.length - SHOWN) })}</p>}
        </details>
      )}
      {draft.profile && <ProfileChart profile={draft.profile} lang={lang} />}
    </div>
  );
}
