// Where people can live: a search whose weights may be moved while looking, and its results.
import type { Criterion, Finding, SiteProperties } from '../../api/relocation';
import type { Catalogue, Lang } from '../../api/types';
import { decimals, wan, word } from '../../core/text';
import { NumberField } from '../NumberField';
import { verdictName } from '../Rules';

export interface Wanted {
  households: number;
  kind: string;
  weights: Record<string, number>;
}

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  finding: Finding;
  wanted: Wanted;
  sites: SiteProperties[];
  seconds: number | null;
  busy: boolean;
  failed: boolean;
  picked: string[];
  chosen: string | null;
  asking: boolean;
  onWanted: (wanted: Wanted) => void;
  onAsk: (asking: boolean) => void;
  onPick: (site: string) => void;
  onChoose: (site: string) => void;
  onCompare: () => void;
}

export function FindView(props: Props) {
  const { lang, catalogue, finding, wanted, sites, seconds, busy, failed, picked, asking, onWanted, onAsk, onCompare } = props;
  const heaviest = Math.max(1, ...finding.criteria.map((c) => c.weight)) * 2;
  const found = sites.filter((s) => s.source === 'found').length;
  const weigh = (key: string, weight: number) => onWanted({ ...wanted, weights: { ...wanted.weights, [key]: weight } });
  const [few, most] = catalogue.limits.compared;
  const comparable = picked.length >= few && picked.length <= most;
  return (
    <div data-found={sites.length}>
      <label className="ask">
        <input type="checkbox" data-why-not checked={asking} onChange={(e) => onAsk(e.target.checked)} /> {word('why_not', lang)}
      </label>
      <form className="wanted" onSubmit={(e) => e.preventDefault()}>
        <label>
          {word('needed_households', lang)}
          <NumberField min="1" max={finding.most} data-wanted="households" value={wanted.households} onNumber={(households) => onWanted({ ...wanted, households })} />
        </label>
        <label>
          {word('site_kind', lang)}
          <select data-wanted="kind" value={wanted.kind} onChange={(e) => onWanted({ ...wanted, kind: e.target.value })}>
            {finding.kinds.map((kind) => (
              <option key={kind.key} value={kind.key}>
                {kind[lang]} ({word('m2_each', lang, { m2: kind.land_m2 })})
              </option>
            ))}
          </select>
        </label>
      </form>
      <details className="weights" open>
        <summary>
          {word('weights', lang)}
          {Object.keys(wanted.weights).length > 0 && (
            <button
              type="button"
              onClick={(e) => {
                e.preventDefault();
                onWanted({ ...wanted, weights: {} });
              }}
            >
              {word('reset', lang)}
            </button>
          )}
        </summary>
        {finding.criteria.map((c) => (
          <Weight key={c.key} {...{ lang, heaviest }} criterion={c} value={wanted.weights[c.key] ?? c.weight} onChange={(value) => weigh(c.key, value)} />
        ))}
      </details>
      <h3 data-seconds={seconds ?? ''}>
        {busy ? word('finding', lang) : failed ? word('not_searched', lang) : found > 0 ? word('sites_found', lang, { n: found }) : word('no_site_found', lang)}
      </h3>
      <p className="note">
        {comparable ? (
          <button type="button" className="main" data-compare={picked.length} onClick={onCompare}>
            {word('compare', lang, { n: picked.length })}
          </button>
        ) : (
          word('pick_two', lang, { few, most })
        )}
      </p>
      <ol className="results">
        {sites.map((site) => (
          <Result key={site.id} site={site} {...props} />
        ))}
      </ol>
    </div>
  );
}

function Weight({ lang, criterion, heaviest, value, onChange }: { lang: Lang; criterion: Criterion; heaviest: number; value: number; onChange: (value: number) => void }) {
  return (
    <label className={criterion.missing ? 'weight missing' : 'weight'}>
      <span>{criterion[lang]}</span>
      <input type="range" min="0" max={heaviest} step={heaviest / 40} data-weight={criterion.key} disabled={criterion.missing} value={value} onChange={(e) => onChange(e.target.valueAsNumber)} />
      <small>{criterion.missing ? word('no_data', lang) : decimals(value, value < 10 && value % 1 ? 1 : 0)}</small>
    </label>
  );
}

function Result({ lang, catalogue, site, picked, chosen, onPick, onChoose }: Props & { site: SiteProperties }) {
  const moved = site.rank !== null && site.rank_low !== null && site.rank_high !== null && site.rank_low !== site.rank_high;
  return (
    <li className={site.id === chosen ? 'chosen' : ''} data-result={site.id}>
      <input type="checkbox" aria-label={site.name} data-pick={site.id} checked={picked.includes(site.id)} onChange={() => onPick(site.id)} />
      <button type="button" data-site={site.id} onClick={() => onChoose(site.id)}>
        <span className="rank">{site.rank ?? '·'}</span>
        <span className="name">
          {site.name} <em className={`tag ${site.verdict}`}>{verdictName(catalogue, site.verdict, lang)}</em>
        </span>
        <small>
          {word('capacity_n', lang, { n: site.capacity })}
          {site.connect && ` · ${word('connection', lang)} ${wan(site.connect.likely)} ${word('wan', lang)}`}
          {site.score !== null && ` · ${word('score', lang)} ${site.score.toFixed(2)}`}
        </small>
        {moved && <small className="range">{word('rank_range', lang, { low: site.rank_low ?? 0, high: site.rank_high ?? 0 })}</small>}
      </button>
    </li>
  );
}
