// Who goes where: load and cost of each site, who is left in danger, what capacity is missing, what follows.
import { type FormEvent, useState } from 'react';
import { client } from '../../api/client';
import type { FollowUp, FollowUpRow, Matching } from '../../api/relocation';
import type { Catalogue, Lang } from '../../api/types';
import { count, decimals, wan, word } from '../../core/text';
import { label } from '../../core/view';
import { useNewest } from '../newest';
import { Count, type Open } from './parts';

const STATES: Record<string, string> = { done: '#2e7d32', open: '#b0bec5', overdue: '#c62828' };

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  matching: Matching;
  followUp: FollowUp[];
  busy: boolean;
  onOpen: Open;
  onSite: (site: string) => void;
  onMatch: (budget: number | null) => void;
  onHousehold: (id: string) => void;
  onTrouble: (error: unknown) => void;
}

export function MatchingView({ lang, catalogue, matching, followUp, busy, onOpen, onSite, onMatch, onHousehold, onTrouble }: Props) {
  const { budget = null } = matching;
  const [text, setText] = useState(budget === null ? '' : String(budget));
  const wanted = readBudget(text);
  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (wanted !== undefined) onMatch(wanted);
  };
  const both = matching.placed.households + matching.left.households;
  const views = catalogue.themes.household_views['placed'];
  const widest = Math.max(1, ...matching.sites.map((s) => Math.max(s.capacity, s.households)));
  const opened = matching.sites.filter((s) => s.opened);
  const under: Record<string, string> = budget === null ? {} : { budget: String(budget) }; // its numbers open to its own households
  return (
    <div data-matched={matching.placed.households}>
      {(['site', 'left'] as const).map((key) => (
        <Count key={key} {...{ lang, onOpen }} most={both} name={(l) => word(key === 'site' ? 'placed' : 'left', l)} tally={key === 'site' ? matching.placed : matching.left} query={{ placed: key, ...under }} rule={views?.find((r) => r.key === key)} />
      ))}
      <p className="note">
        {budget !== null && `${word('within_budget', lang, { wan: wan(budget) })} · `}
        {matching.proven ? word('proven', lang) : matching.gap !== null && word('gap_at_most', lang, { gap: decimals(100 * matching.gap, 1) })}
      </p>
      <form className="wanted" onSubmit={ask}>
        <label>
          {word('budget_wan', lang)}
          <input inputMode="decimal" data-budget value={text} aria-invalid={wanted === undefined} onChange={(e) => setText(e.target.value)} />
        </label>
        <button type="submit" className="main" disabled={busy || wanted === undefined} data-match="again">
          {word('match_again', lang)}
        </button>
      </form>
      {wanted === undefined && (
        <p className="bad" role="alert">
          {word('bad_budget', lang)}
        </p>
      )}
      <h3>{word('load', lang)}</h3>
      {opened.length === 0 && <p className="note">{word('no_sites', lang)}</p>}
      <ul className="loads">
        {opened.map((s) => (
          <li key={s.site}>
            <button type="button" data-open={`site=${s.site}`} onClick={() => onOpen({ title: () => s.name, place: { layer: 'found_sites', id: s.site }, query: { site: s.site, ...under } })}>
              <span className="what">{s.name}</span>
              <i className="bar load" style={{ width: `${(100 * s.capacity) / widest}%` }}>
                <i style={{ width: `${(100 * s.households) / (s.capacity || 1)}%` }} />
              </i>
              <b>
                {count(s.households)}/{count(s.capacity)}
              </b>
            </button>
            <small>
              {word('connection', lang)} {wan(s.connect)} · {label(catalogue, 'relocation.total.cost', lang)} {wan(s.cost)} · {label(catalogue, 'relocation.total.subsidy', lang)} {wan(s.subsidy)} {word('wan', lang)}{' '}
              <button type="button" className="link" onClick={() => onSite(s.site)}>
                {label(catalogue, `relocation.source.${s.source}`, lang)} ›
              </button>
            </small>
            {s.over_budget && <small className="bad">{word('over_budget', lang)}</small>}
          </li>
        ))}
      </ul>
      {matching.shortage.length > 0 && <h3>{word('shortage', lang)}</h3>}
      <ul className="plain">
        {matching.shortage.map((s) => (
          <li key={s.village ?? ''}>
            <button type="button" data-open={`left=${s.village ?? ''}`} onClick={() => onOpen({ title: (l) => `${word('left', l)}: ${s.name ?? '?'}`, query: { left_for: 'room', village: s.village ?? '', ...under } })}>
              {s.name ?? '?'} <b>{word('n_households', lang, { n: count(s.households) })}</b>
            </button>
            {s.added > 0 && <small>{word('add_homes', lang, { n: s.added })}</small>}
          </li>
        ))}
      </ul>
      <h3>{word('money', lang)}</h3>
      <table className="money">
        <tbody>
          {Object.entries(matching.totals).map(([key, value]) => (
            <tr key={key}>
              <th>{label(catalogue, `relocation.total.${key}`, lang)}</th>
              <td>{decimals(value, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {matching.unpriced > 0 && <p className="note">{word('unpriced', lang, { n: matching.unpriced })}</p>}
      {matching.refused.length > 0 && (
        <details>
          <summary>{word('refused', lang, { n: matching.refused.length })}</summary>
          <ul className="plain">
            {matching.refused.map((each) => (
              <li key={each.site}>
                {each.site} <small>{each.sentence[lang]}</small>
              </li>
            ))}
          </ul>
        </details>
      )}
      <Checklist {...{ lang, catalogue, followUp, onHousehold, onTrouble }} planned={budget !== null} />
    </div>
  );
}

/** 万元; null: no limit; undefined: what is no sum of money. */
function readBudget(text: string): number | null | undefined {
  const plain = text.replace(/[,,\s]/g, '');
  const value = Number(plain);
  return plain === '' ? null : value >= 0 && Number.isFinite(value) ? value : undefined;
}

/** `planned`: it is still that of the plan, though another matching is shown. */
function Checklist({ lang, catalogue, followUp, onHousehold, onTrouble, planned }: Pick<Props, 'lang' | 'catalogue' | 'followUp' | 'onHousehold' | 'onTrouble'> & { planned: boolean }) {
  const [rows, setRows] = useState<{ measure: string; rows: FollowUpRow[]; count: number } | null>(null);
  const newest = useNewest();
  const open = (measure: string) => {
    setRows(null);
    if (rows?.measure === measure) return newest.drop();
    newest.ask(client.followUp({ measure, open: 'true' }), (answer) => setRows({ measure, ...answer }), onTrouble);
  };
  return (
    <>
      <h3>{word('follow_up', lang)}</h3>
      {planned && <p className="note">{word('of_the_plan', lang)}</p>}
      {followUp.length === 0 ? (
        <p className="note">{word('none_here', lang)}</p>
      ) : (
        <p className="note states">
          {Object.entries(STATES).map(([state, colour]) => (
            <span key={state}>
              <i style={{ background: colour }} /> {label(catalogue, `follow.state.${state}`, lang)}
            </span>
          ))}{' '}
          <span>{word('to_do_of_all', lang)}</span>
        </p>
      )}
      <ul className="loads" data-follow-up={followUp.length}>
        {followUp.map((f) => {
          const all = Object.values(f.states).reduce((a, b) => a + b, 0);
          return (
            <li key={f.measure}>
              <button type="button" data-measure={f.measure} onClick={() => open(f.measure)}>
                <span className="what">{f.label[lang]}</span>
                <i className="bar stack">
                  {Object.entries(f.states).map(([state, n]) => n > 0 && <i key={state} title={`${label(catalogue, `follow.state.${state}`, lang)} ${n}`} style={{ width: `${(100 * n) / (all || 1)}%`, background: STATES[state] ?? '#90a4ae' }} />)}
                </i>
                <b>
                  {count(all - (f.states['done'] ?? 0))}/{count(all)}
                </b>
              </button>
              {rows?.measure === f.measure && (
                <ul className="people">
                  {rows.rows.map((row) => (
                    <li key={row.household}>
                      <button type="button" data-household={row.household} onClick={() => onHousehold(row.household)}>
                        {row.name || row.household} <small>{row.household}</small>
                        <span className="why">
                          {label(catalogue, `follow.state.${row.state}`, lang)}
                          {row.due && ` · ${word('due', lang)} ${row.due}`} {row.note?.[lang] ?? ''}
                        </span>
                      </button>
                    </li>
                  ))}
                  {rows.count > rows.rows.length && <li className="note">{word('more', lang, { n: count(rows.count - rows.rows.length) })}</li>}
                </ul>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
