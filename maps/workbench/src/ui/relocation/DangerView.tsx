// Who is in danger: relation to the zones, expected damage, screens, and whom each hazard threatens.
import type { Danger } from '../../api/relocation';
import type { Catalogue, Lang } from '../../api/types';
import { count, word } from '../../core/text';
import { type View, label } from '../../core/view';
import { Colouring, Count, type Open, ruleText } from './parts';

const GRADES = ['IV', 'III', 'II', 'I', 'unknown'];
const RELATIONS = ['inside', 'buffer', 'unknown', 'clear'];

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  danger: Danger;
  view: View;
  onView: (view: View) => void;
  onOpen: Open;
}

export function DangerView({ lang, catalogue, danger, view, onView, onOpen }: Props) {
  const most = Math.max(...Object.values(danger.relations).map((t) => t.households));
  const hurt = Math.max(1, ...GRADES.map((g) => danger.damage[g]?.households ?? 0));
  const rule = (rules: Catalogue['themes']['exposures'] | undefined, key: string) => rules?.find((r) => r.key === key);
  const screens = Object.entries(danger.screens);
  return (
    <>
      <Colouring
        lang={lang}
        choices={[
          { key: 'exposure', text: word('by_relation', lang) },
          { key: 'damage', text: word('by_damage', lang) },
        ]}
        value={view.kind === 'property' ? 'damage' : 'exposure'}
        onChange={(key) => onView(key === 'damage' ? { kind: 'property', property: 'damage' } : { kind: 'exposure' })}
      />
      <h3>{word('by_relation', lang)}</h3>
      {RELATIONS.map((key) => (
        <Count key={key} {...{ lang, most, onOpen }} name={(l) => label(catalogue, `relation.${key}`, l)} tally={danger.relations[key]} query={{ relation: key }} rule={rule(catalogue.themes.exposures, key)} />
      ))}
      <h3>
        {word('by_damage', lang)} <small>{word('likely_cautious', lang)}</small>
      </h3>
      {GRADES.map((key) => (
        <Count
          key={key}
          {...{ lang, onOpen }}
          most={hurt}
          name={(l) => ruleText(catalogue, 'damage', key, l)}
          tally={danger.damage[key]}
          query={{ damage: key }}
          also={{ tally: danger.damage_cautious[key], query: { damage_cautious: key } }}
          rule={rule(catalogue.themes.household_views['damage'], key)}
        />
      ))}
      {screens.length > 0 && <h3>{word('by_screen', lang)}</h3>}
      {screens.map(([key, tally]) => (
        <Count key={key} long {...{ lang, onOpen, tally }} most={tally.households} name={(l) => label(catalogue, key, l)} query={{ screen: key }} />
      ))}
      <h3>{word('threats', lang)}</h3>
      <table className="threats">
        <thead>
          <tr>
            <th />
            <th>{word('computed', lang)}</th>
            <th>{word('declared', lang)}</th>
            <th>{word('threat_class', lang)}</th>
          </tr>
        </thead>
        <tbody>
          {danger.threats.map((threat) => (
            <tr key={threat.zone}>
              <td>
                <button type="button" data-open={`zone=${threat.zone}`} onClick={() => onOpen({ title: () => threat.name ?? threat.zone, place: { layer: 'zones', id: threat.zone }, query: { zone: threat.zone } })}>
                  {threat.name ?? threat.zone}
                </button>
                <small>{[kindOf(threat.kind, catalogue, lang), threat.level === 'unknown' ? '' : levelOf(threat.level, catalogue, lang)].filter(Boolean).join(' · ')}</small>
              </td>
              <td>
                {count(threat.households)}/{count(threat.people)}
              </td>
              <td>
                {known(threat.declared_households)}/{known(threat.declared_people)}
              </td>
              <td>{threat.class ? levelOf(threat.class, catalogue, lang) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const known = (n: number | null) => (n === null ? '–' : count(n));

function kindOf(kind: string, catalogue: Catalogue, lang: Lang): string {
  return label(catalogue, `hazard.kind.${kind}`, lang);
}

function levelOf(level: string, catalogue: Catalogue, lang: Lang): string {
  return label(catalogue, `relocation.class.${level}`, lang);
}
