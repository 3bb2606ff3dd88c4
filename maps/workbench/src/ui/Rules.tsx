// The rules a site was held against: mark, name, what was found, and on what the rule rests.
import type { Catalogue, Lang, Text } from '../api/types';
import { label } from '../core/view';

export const MARKS: Record<string, string> = { pass: '✓', fail: '✗', warning: '!', unknown: '?' };

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  rules: { rule: string; state: string; label: Text; sentence: Text }[];
}

export function Rules({ lang, catalogue, rules }: Props) {
  return (
    <ul className="rules">
      {rules.map((rule) => (
        <li key={rule.rule} className={rule.state} data-rule={rule.rule} title={catalogue.labels[`site.source.${rule.rule}`]?.[lang]}>
          <b>{MARKS[rule.state]}</b> {rule.label[lang]} <small>{rule.sentence[lang]}</small>
        </li>
      ))}
    </ul>
  );
}

/** A verdict in words. */
export const verdictName = (catalogue: Catalogue, verdict: string, lang: Lang) => catalogue.themes.verdicts.find((r) => r.key === verdict)?.[lang] ?? label(catalogue, verdict, lang);
