// What the colours of the households mean, on the map itself.
import type { Catalogue, Lang } from '../api/types';
import { word } from '../core/text';
import { type View, viewRules, viewTitle } from '../core/view';
import { Swatch } from '../map/swatch';

export function Legend({ lang, catalogue, view }: { lang: Lang; catalogue: Catalogue; view: View }) {
  return (
    <ul className="key" aria-label={word('legend', lang)}>
      <li>
        <b>{viewTitle(view, catalogue, lang)}</b>
      </li>
      {viewRules(view, catalogue).map(({ rule }) => (
        <li key={rule.key}>
          <Swatch rule={rule} geometry="point" /> {rule[lang]}
        </li>
      ))}
    </ul>
  );
}
