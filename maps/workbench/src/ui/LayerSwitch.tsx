// The legend, which is also the switch of the layers.
import type { Catalogue, Lang, Summary } from '../api/types';
import { word } from '../core/text';
import { Swatch } from '../map/swatch';
import type { Layers } from './useLayers';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  summary: Summary | null;
  layers: Layers;
}

export function LayerSwitch({ lang, catalogue, summary, layers }: Props) {
  const here = new Set(summary?.layers.filter((l) => l.features > 0).map((l) => l.layer));
  const themes = catalogue.themes.layers.filter((t) => t.layer !== 'households' && here.has(t.layer)).reverse();
  return (
    <section className="legend">
      <h2>{word('layers', lang)}</h2>
      {themes.map((theme) => {
        const box = (
          <label>
            <input type="checkbox" data-layer={theme.layer} checked={!layers.hidden.has(theme.layer)} onChange={() => layers.flip(theme.layer)} />
            {theme.rules[0] && <Swatch rule={theme.rules[0]} geometry={theme.geometry} />} {theme[lang]}
          </label>
        );
        if (theme.rules.length < 2)
          return (
            <div key={theme.layer} className="one">
              {box}
            </div>
          );
        return (
          <details key={theme.layer}>
            <summary>{box}</summary>
            <ul>
              {theme.rules.map((rule) => (
                <li key={rule.key}>
                  <Swatch rule={rule} geometry={theme.geometry} /> {rule[lang]}
                </li>
              ))}
            </ul>
          </details>
        );
      })}
    </section>
  );
}
