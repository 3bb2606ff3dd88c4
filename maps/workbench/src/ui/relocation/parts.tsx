// The small parts every relocation view is made of: a number that opens, a stacked bar, a switch of colours.
import type { Tally } from '../../api/relocation';
import type { Catalogue, Lang, Rule } from '../../api/types';
import { count, decimals, word } from '../../core/text';
import { Swatch } from '../../map/swatch';

/** What is asked of the server when a number is opened: filters of `api/relocation/households`, or of `api/behind`. */
export interface Opening {
  /** in the language of the page, which may change while it is open */
  title: (lang: Lang) => string;
  about?: 'works';
  /** what the households have in common on the map */
  place?: { layer: string; id: string };
  /** it was asked by a click on the map, which then stays where it is */
  onMap?: boolean;
  query: Record<string, string>;
}
export type Open = (opening: Opening) => void;

interface CountProps {
  lang: Lang;
  name: (lang: Lang) => string;
  tally: Tally | undefined;
  most: number;
  query: Record<string, string>;
  rule?: Rule | undefined;
  /** a second number beside the first, in place of the people */
  also?: { tally: Tally | undefined; query: Record<string, string> };
  /** a whole sentence for a name: it has a line of its own, and no bar */
  long?: boolean;
  onOpen: Open;
}

/** One line: sign, name, bar, households and people. The number opens the households behind it. */
export function Count({ lang, name, tally, most, query, rule, also, long, onOpen }: CountProps) {
  const { households, people } = tally ?? { households: 0, people: 0 };
  const line = (
    <button type="button" className={long ? 'count long' : 'count'} data-open={asked(query)} disabled={households === 0} onClick={() => onOpen({ title: name, query })}>
      {!long && <span className="sign">{rule && <Swatch rule={rule} geometry="point" />}</span>}
      <span className="what">{name(lang)}</span>
      {!long && (
        <i className="bar">
          <i style={{ width: `${(100 * households) / (most || 1)}%`, background: rule?.paint.fill || '#90a4ae' }} />
        </i>
      )}
      <b>{count(households)}</b>
      {!also && <small>{word('n_people', lang, { n: count(people) })}</small>}
    </button>
  );
  if (!also) return line;
  const second = also.tally?.households ?? 0;
  return (
    <div className="two">
      {line}
      <button type="button" data-open={asked(also.query)} disabled={second === 0} onClick={() => onOpen({ title: name, query: also.query })}>
        / {count(second)}
      </button>
    </div>
  );
}

const asked = (query: Record<string, string>) =>
  Object.entries(query)
    .map((pair) => pair.join('='))
    .join('&');

/** Parts of a whole side by side, each in its colour. */
export function Stack({ parts, most }: { parts: { colour: string; n: number; title: string }[]; most: number }) {
  return (
    <i className="bar stack">
      {parts.map((part) => part.n > 0 && <i key={part.title} title={`${part.title} ${part.n}`} style={{ width: `${(100 * part.n) / (most || 1)}%`, background: part.colour }} />)}
    </i>
  );
}

/** Which of several colourings the map wears. */
export function Colouring<T extends string>({ lang, choices, value, onChange }: { lang: Lang; choices: { key: T; text: string }[]; value: T; onChange: (key: T) => void }) {
  return (
    <p className="colouring" role="radiogroup" aria-label={word('show_on_map', lang)}>
      {choices.map((choice) => (
        <button type="button" role="radio" key={choice.key} data-colour={choice.key} aria-checked={choice.key === value} onClick={() => onChange(choice.key)}>
          {choice.text}
        </button>
      ))}
    </p>
  );
}

/** The words for one class of a colouring. */
export function ruleText(catalogue: Catalogue, view: string, key: string, lang: Lang): string {
  return catalogue.themes.household_views[view]?.find((r) => r.key === key)?.[lang] ?? key;
}

export function percent(share: number | null): string {
  return share === null ? '?' : decimals(100 * share, 0);
}
