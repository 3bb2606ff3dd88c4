// The legend of what relocation draws beside the households: beside the map, for it may be as long as the map is high.
import { Fragment } from 'react';
import type { Catalogue, Lang, Rule, Theme } from '../../api/types';
import { SHOWN, type Tab } from '../../core/relocation';
import { word } from '../../core/text';
import { label } from '../../core/view';
import { Swatch } from '../../map/swatch';

const LEVELS = ['small', 'medium', 'large', 'extra', 'unknown'];
const WORKED = 'mining.';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  tab: Tab;
  present: Record<string, Set<string>>;
}

export function RelocationKey({ lang, catalogue, tab, present }: Props) {
  const themes = catalogue.themes.relocation.filter((t) => SHOWN[tab].includes(t.layer)).reverse();
  const rules = (theme: Theme) => theme.rules.filter((rule) => rule.key === 'all' || present[theme.layer]?.has(rule.key));
  return (
    <section className="legend relocation-key">
      <h2>{word('legend', lang)}</h2>
      <ul>
        {tab === 'sites' && (
          <li className="ramp">
            <b>{label(catalogue, 'relocation.layer.suitability', lang)}</b>
            <i style={{ background: `linear-gradient(to right, ${catalogue.themes.suitability.join(',')})` }} />
            <span>
              {word('low', lang)} <em>{word('high', lang)}</em>
            </span>
            <small>{word('closed_ground', lang)}</small>
          </li>
        )}
        {themes.map((theme) => {
          const shown = rules(theme);
          const declared = theme.layer === 'zones' ? shown.filter((rule) => !rule.key.startsWith(WORKED)) : [];
          return (
            <Fragment key={theme.layer}>
              {shown.length > 1 && (
                <li>
                  <b>{theme[lang]}</b>
                </li>
              )}
              {declared.length > 0 && <Matrix {...{ lang, catalogue }} rules={declared} />}
              {shown
                .filter((rule) => !declared.includes(rule))
                .map((rule) => (
                  <li key={rule.key}>
                    <Swatch rule={rule} geometry={geometryOf(theme, rule)} /> {rule[lang]}
                  </li>
                ))}
            </Fragment>
          );
        })}
      </ul>
    </section>
  );
}

/** Lines may stand in a theme of grounds; a marked ground is known by its mark. */
function geometryOf(theme: Theme, rule: Rule): string {
  if (theme.mark) return 'point';
  return theme.geometry === 'polygon' && !rule.paint.fill && !rule.paint.hatch ? 'line' : theme.geometry;
}

/** Kinds of hazard down, sizes across: hatch and colour of each that there is. */
function Matrix({ lang, catalogue, rules }: { lang: Lang; catalogue: Catalogue; rules: Rule[] }) {
  const kinds = [...new Set(rules.map((rule) => rule.key.split('.')[0] ?? ''))];
  const levels = LEVELS.filter((level) => rules.some((rule) => rule.key.endsWith(`.${level}`)));
  return (
    <li>
      <div className="matrix" style={{ gridTemplateColumns: `auto repeat(${levels.length}, 26px)` }}>
        <span />
        {levels.map((level) => (
          <b key={level}>{label(catalogue, `relocation.short.${level}`, lang)}</b>
        ))}
        {kinds.map((kind) => [
          <span key={kind}>{label(catalogue, `hazard.kind.${kind}`, lang)}</span>,
          ...levels.map((level) => {
            const rule = rules.find((r) => r.key === `${kind}.${level}`);
            return <i key={kind + level}>{rule && <Swatch rule={rule} geometry="polygon" />}</i>;
          }),
        ])}
      </div>
    </li>
  );
}
