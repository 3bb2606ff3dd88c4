// The legend, which is also the switch of the layers.
import { useState } from 'react';
import type { Catalogue, Lang, Summary } from '../api/types';
import { word } from '../core/text';
import { Swatch } from '../map/swatch';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  summary: Summary | null;
  onShow: (layer: string, shown: boolean) => void;
  hide?: string[]; // off to begin with, whatever their theme says
}

export function LayerSwitch({ lang, catalogue, summary, onShow, hide = [] }: Props) {
  const here = new Set(summary?.layers.filter((l) => l.features > 0).map((l) => l.layer));
  const themes = catalogue.themes.layers.filter((t) => t.layer !== 'households' && here.has(t.layer)).reverse();
  const [hidden, setHidden] = useState(() => new Set(catalogue.themes.layers.filter((t) => !t.on || hide.includes(t.layer)).map((t) => t.layer)));
  const flip = (layer: string) => {
    const next = new Set(hidden);
    const shown = next.delete(layer);
    if (!shown) next.add(layer);
    setHidden(next);
    onShow(layer, shown);
  };
  return (
    <section className="legend">
      <h2>{word('layers', lang)}</h2>
      {themes.map((theme) => (
        <details key={theme.layer}>
          <summary>
            <label>
              <input type="checkbox" data-layer={theme.layer} checked={!hidden.has(theme.layer)} onChange={() => flip(theme.layer)} />
              {theme.rules[0] && <Swatch rule={theme.rules[0]} geometry={theme.geometry} />} {theme[lang]}
            </label>
          </summary>
          <ul>
            {theme.rules.length > 1 &&
              theme.rules.map((rule) => (
                <li key={rule.key}>
                  <Swatch rule={rule} geometry={theme.geometry} /> {rule[lang]}
                </li>
              ))}
          </ul>
        </details>
      ))}
    </section>
  );
}
