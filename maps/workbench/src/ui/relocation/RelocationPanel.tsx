// Danger, who moves, where to, and who goes where: four views of one question.
import type { Catalogue, Lang } from '../../api/types';
import { TABS, type Tab } from '../../core/relocation';
import { word } from '../../core/text';
import type { View } from '../../core/view';
import { DangerView } from './DangerView';
import { FindView } from './FindView';
import { MatchingView } from './MatchingView';
import { MovingView } from './MovingView';
import type { Relocation } from './useRelocation';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  relocation: Relocation;
  view: View;
  onView: (view: View) => void;
  onTab: (tab: Tab) => void;
  onHousehold: (id: string) => void;
}

export function RelocationPanel({ lang, catalogue, relocation: r, view, onView, onTab, onHousehold }: Props) {
  const { tab, summary } = r;
  const common = { lang, catalogue, onOpen: r.open };
  return (
    <section className="relocation" data-relocation={tab}>
      <div className="tabs" role="tablist">
        {TABS.map((each) => (
          <button
            type="button"
            role="tab"
            key={each}
            data-tab={each}
            aria-selected={each === tab}
            onClick={() => onTab(each)}
          >
            {word(`tab_${each}`, lang)}
          </button>
        ))}
      </div>
      {!summary && <progress />}
      {summary && tab === 'danger' && <DangerView {...common} {...{ view, onView }} danger={summary.danger} />}
      {summary && tab === 'moving' && <MovingView {...common} {...{ view, onView, onHousehold }} moving={summary.moving} rebuilt={r.rebuilt} onTrouble={r.trouble} />}
      {summary && r.wanted && tab === 'sites' && (
        <FindView
          {...{ lang, catalogue }}
          finding={summary.finding}
          wanted={r.wanted}
          sites={r.rows}
          seconds={r.sites?.seconds ?? null}
          busy={r.finding}
          failed={r.failed}
          picked={r.picked}
          chosen={r.site}
          asking={r.asking}
          onWanted={r.search}
          onAsk={r.setAsking}
          onPick={r.pick}
          onChoose={r.chooseSite}
          onCompare={r.compare}
        />
      )}
      {summary && tab === 'matching' && <MatchingView {...common} {...{ onHousehold }} matching={r.matched ?? summary.matching} followUp={summary.follow_up} busy={r.rematching} onSite={r.chooseSite} onMatch={r.match} onTrouble={r.trouble} />}
    </section>
  );
}
