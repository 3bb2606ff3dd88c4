// The small parts every relocation view is made of: a number that opens, a stacked bar, a switch of colours.
import type { ReactNode } from 'react';
import type { Tally } from '../../api/relocation';
import type { Catalogue, Lang, Rule } from '../../api/types';
import { decimals, word } from '../../core/text';
import { Swatch } from '../../map/swatch';

/** What is asked of the server when a number is opened: filters of `api/relocation/households`, or of `api/behind`. */
export interface Opening {
  title: string;
  about?: 'works';
  query: Record<string, string>;
}
export type Open = (opening: Opening) => void;

interface CountProps {
  lang: Lang;
  text: ReactNode;
  title: string;
  tally: Tally | undefined;
  most: number;
  query: Record<string, string>;
  rule?: Rule | undefined;
  also?: string;
  onOpen: Open;
}

/** One line: sign, name, bar, households and people. The number opens the households behind it. */
export function Count({ lang, text, title, tally, most, query, rule, also, onOpen }: CountProps) {
  const { households, people } = tally ?? { households: 0, people: 0 };
  const key = Object.entries(query).map((pair) => pair.join('=')).join('&');
  return (
    <button type="button" className="count" data-open={key} disabled={households === 0} onClick={() => onOpen({ title, query })}>
      <span className="sign">{rule && <Swatch rule={rule} geometry="point" />}</span>
      <span className="what">{text}</span>
      <i className="bar">
        <i style={{ width: `${(100 * households) / (most || 1)}%`, background: rule?.paint.fill || '#90a4ae' }} />
      </i>
      <b>{households.toLocaleString()}</b>
      <small>{also ?? word('n_people', lang, { n: people.toLocaleString() })}</small>
    </button>
  );
}

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

export function wan(value: number | null): string {
  if (value === null) return '?';
  return decimals(value, Math.abs(value) < 100 ? 1 : 0);
}

export function percent(share: number | null): string {
  return share === null ? '?' : (100 * share).toFixed(0);
}
