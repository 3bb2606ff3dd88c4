// Listed sites with their verdicts, and the verdict on a site drawn by hand.
import { useRef } from 'react';
import type { Catalogue, Lang, SiteVerdict, Summary } from '../api/types';
import { word } from '../core/text';
import { Rules, verdictName } from './Rules';

const ORDER = ['fail', 'warning', 'unknown', 'pass'];

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  summary: Summary;
  verdict: SiteVerdict | null;
  drawing: boolean;
  onDraw: () => void;
  onCancel: () => void;
  onListed: (site: string | null) => void;
}

export function SitePanel({ lang, catalogue, summary, verdict, drawing, onDraw, onCancel, onListed }: Props) {
  const shown = useRef<string | null>(null);
  const toggled = (site: string, open: boolean) => {
    if (!open && shown.current !== site) return; // another one was opened meanwhile
    shown.current = open ? site : null;
    onListed(shown.current);
  };
  return (
    <section className="sites">
      <h2>
        {word('sites', lang)}
        <button type="button" data-draw={drawing ? 'cancel' : 'start'} onClick={drawing || verdict ? onCancel : onDraw}>
          {word(drawing ? 'cancel' : verdict ? 'close' : 'draw', lang)}
        </button>
      </h2>
      {drawing && <p className="note">{word('drawing', lang)}</p>}
      {verdict && <Verdict {...{ verdict, lang, catalogue }} />}
      {!verdict &&
        summary.sites.map((site) => (
          <details key={site.id} name="listed-site" data-listed={site.id} onToggle={(e) => toggled(site.id, e.currentTarget.open)}>
            <summary className={site.verdict}>
              {site.name} <em>{verdictName(catalogue, site.verdict, lang)}</em>
            </summary>
            <ul>
              {site.reasons.map((r, i) => (
                <li key={i}>{r[lang]}</li>
              ))}
            </ul>
          </details>
        ))}
    </section>
  );
}

function Verdict({ verdict, lang, catalogue }: { verdict: SiteVerdict; lang: Lang; catalogue: Catalogue }) {
  const hectares = (m2: number) => `${(m2 / 10_000).toFixed(2)} ${word('hectares', lang)}`;
  const rules = [...verdict.rules].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return (
    <div className="verdict" data-verdict={verdict.verdict}>
      <h3 className={verdict.verdict}>
        {word('drawn_site', lang)}: {verdictName(catalogue, verdict.verdict, lang)}
      </h3>
      <p className="note">
        {word('area_of', lang)} {hectares(verdict.area_m2)}, {word('usable', lang)} {hectares(verdict.usable_m2)}
        {verdict.capacity !== null && `, ${word('capacity_n', lang, { n: verdict.capacity })}`}
        {verdict.slope_mean !== null && `, ${word('slope', lang)} ${(100 * verdict.slope_mean).toFixed(0)} %`}
      </p>
      <Rules {...{ lang, catalogue, rules }} />
    </div>
  );
}
