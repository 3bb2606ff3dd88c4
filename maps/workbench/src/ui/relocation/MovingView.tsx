// Who must move, how urgently, what the registry says of it, and who has come back.
import { client } from '../../api/client';
import type { Moving, Rebuilt } from '../../api/relocation';
import type { Catalogue, Lang } from '../../api/types';
import { count, word } from '../../core/text';
import { type HouseholdProperty, type View, label } from '../../core/view';
import { useAnswer } from '../newest';
import { Colouring, Count, type Open, Stack, percent, ruleText } from './parts';

const DECISIONS = ['whole', 'scattered', 'moved', 'unknown', 'stay'];
const SHOWN = ['whole', 'scattered', 'moved', 'unknown'];
const COMPARED = ['computed_only', 'listed_only', 'other_way', 'agree', 'unknown'];
const URGENCIES = ['1', '2', '3', '4'];

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  moving: Moving;
  rebuilt: Rebuilt | null;
  view: View;
  onView: (view: View) => void;
  onOpen: Open;
  onHousehold: (id: string) => void;
  onTrouble: (error: unknown) => void;
}

export function MovingView({ lang, catalogue, moving, rebuilt, view, onView, onOpen, onHousehold, onTrouble }: Props) {
  const groups = useAnswer('groups', client.moveGroups, onTrouble)?.groups ?? [];
  const rule = (view: string, key: string) => catalogue.themes.household_views[view]?.find((r) => r.key === key);
  const property: HouseholdProperty = view.kind === 'property' ? view.property : 'decision';
  const most = Math.max(1, ...SHOWN.map((d) => moving.decisions[d]?.households ?? 0));
  const listed = Math.max(1, ...COMPARED.map((d) => moving.compared[d]?.households ?? 0));
  const urgent = Math.max(1, ...URGENCIES.map((u) => moving.urgency[u]?.households ?? 0));
  const largest = Math.max(1, ...moving.villages.map((v) => SHOWN.reduce((sum, d) => sum + (v.decisions[d] ?? 0), 0)));
  return (
    <>
      <Colouring
        lang={lang}
        choices={[
          { key: 'decision', text: word('by_decision', lang) },
          { key: 'compared', text: word('by_list', lang) },
        ]}
        value={property}
        onChange={(key) => onView({ kind: 'property', property: key as HouseholdProperty })}
      />
      <h3>{word('by_decision', lang)}</h3>
      {DECISIONS.map((key) => (
        <Count key={key} {...{ lang, onOpen }} most={most} name={(l) => ruleText(catalogue, 'decision', key, l)} tally={moving.decisions[key]} query={{ decision: key }} rule={rule('decision', key)} />
      ))}
      <h3>{word('by_urgency', lang)}</h3>
      {URGENCIES.map((key) => (
        <Count key={key} {...{ lang, onOpen }} most={urgent} name={(l) => label(catalogue, `move.urgency.${key}`, l)} tally={moving.urgency[key]} query={{ urgency: key }} />
      ))}
      <h3>{word('by_list', lang)}</h3>
      {COMPARED.map((key) => (
        <Count key={key} {...{ lang, onOpen }} most={listed} name={(l) => ruleText(catalogue, 'compared', key, l)} tally={moving.compared[key]} query={{ compared: key }} rule={rule('compared', key)} />
      ))}
      <h3>{word('by_village', lang)}</h3>
      <div className="needs villages">
        {moving.villages.map((village) => {
          const n = (village.decisions['whole'] ?? 0) + (village.decisions['scattered'] ?? 0);
          const parts = SHOWN.map((d) => ({ colour: rule('decision', d)?.paint.fill || '#b0bec5', n: village.decisions[d] ?? 0, title: ruleText(catalogue, 'decision', d, lang) }));
          return (
            <button type="button" key={village.id} data-open={`village=${village.id}`} onClick={() => onOpen({ title: () => village.name, place: { layer: 'villages', id: village.id }, query: { village: village.id, decision: 'scattered,whole' } })}>
              <span>{village.name}</span>
              <Stack parts={parts} most={largest} />
              <b>{count(n)}</b>
            </button>
          );
        })}
      </div>
      <h3>
        {word('whole_groups', lang)} <b>{moving.whole_groups}</b>
      </h3>
      <ul className="plain">
        {groups
          .filter((g) => g.whole)
          .map((g) => (
            <li key={g.group}>
              <button type="button" data-open={`group=${g.group}`} onClick={() => onOpen({ title: () => g.name, place: { layer: 'groups', id: g.group }, query: { group: g.group, decision: 'whole' } })}>
                {g.name} <b>{word('n_households', lang, { n: count(g.households) })}</b>{' '}
                <small>{word('group_shares', lang, { poor: percent(g.poor_share), exposed: percent(g.exposed_share) })}</small>
              </button>
              <small>{g.sentence[lang]}</small>
            </li>
          ))}
      </ul>
      <h3>
        {word('rebuilt', lang)} <b data-rebuilt={moving.rebuilt}>{moving.rebuilt}</b>
      </h3>
      <ul className="plain">
        {rebuilt?.features.map(({ properties: p }) => (
          <li key={p.household}>
            <button type="button" data-household={p.household} onClick={() => onHousehold(p.household)}>
              {p.name || p.household} <small>{p.household}</small>
            </button>
            <small>{p.sentence[lang]}</small>
          </li>
        ))}
      </ul>
    </>
  );
}
