// Listed sites with their verdicts, and the verdict on a site drawn by hand.
import type { Catalogue, Lang, SiteVerdict, Summary } from '../api/types';
import { word } from '../core/text';

const MARKS: Record<string, string> = { pass: '✓', fail: '✗', warning: '!', unknown: '?' };
const ORDER = ['fail', 'warning', 'unknown', 'pass'];

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  summary: Summary;
  verdict: SiteVerdict | null;
  drawing: boolean;
  onDraw: () => void;
  onCancel: () => void;
}

export function SitePanel({ lang, catalogue, summary, verdict, drawing, onDraw, onCancel }: Props) {
  const named = (key: string) => catalogue.themes.verdicts.find((r) => r.key === key)?.[lang] ?? key;
  return (
    <section className="sites">
      <h2>
        {word('sites', lang)}
        <button type="button" data-draw={drawing ? 'cancel' : 'start'} onClick={drawing || verdict ? onCancel : onDraw}>
          {word(drawing ? 'cancel' : verdict ? 'close' : 'draw', lang)}
        </button>
      </h2>
      {drawing && <p className="note">{word('drawing', lang)}</p>}
      {verdict && <Verdict verdict={verdict} lang={lang} named={named} />}
      {!verdict &&
        summary.sites.map((site) => (
          <details key={site.id}>
            <summary className={site.verdict}>
              {site.name} <em>{named(site.verdict)}</em>
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

function Verdict({ verdict, lang, named }: { verdict: SiteVerdict; lang: Lang; named: (key: string) => string }) {
  const hectares = (m2: number) => `${(m2 / 10_000).toFixed(2)} ${word('hectares', lang)}`;
  const rules = [...verdict.rules].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return (
    <div className="verdict" data-verdict={verdict.verdict}>
      <h3 className={verdict.verdict}>
        {word('drawn_site', lang)}: {named(verdict.verdict)}
      </h3>
      <p className="note">
        {word('area_of', lang)} {hectares(verdict.area_m2)}, {word('usable', lang)} {hectares(verdict.usable_m2)}
        {verdict.capacity !== null && `, ${word('capacity', lang)} ${verdict.capacity} ${word('households', lang)}`}
        {verdict.slope_mean !== null && `, ${word('slope', lang)} ${(100 * verdict.slope_mean).toFixed(0)} %`}
      </p>
      <ul className="rules">
        {rules.map((rule) => (
          <li key={rule.rule} className={rule.state} title={rule.source}>
            <b>{MARKS[rule.state]}</b> {rule.label[lang]} <small>{rule.sentence[lang]}</small>
          </li>
        ))}
      </ul>
    </div>
  );
}
