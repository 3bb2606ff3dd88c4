// One site: verdict with reasons first, what it holds, what connecting it costs, its sheet to take away.
import type { SiteProperties } from '../../api/relocation';
import type { Catalogue, Lang } from '../../api/types';
import { decimals, wan, word } from '../../core/text';
import { label } from '../../core/view';
import { Rules, verdictName } from '../Rules';
import { bring } from '../bring';

const HECTARE = 10_000;

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  site: SiteProperties;
  onClose: () => void;
}

export function SiteCard({ lang, catalogue, site, onClose }: Props) {
  const metrics = Object.entries(site.metrics).filter(([, value]) => value !== null);
  const sheet = (format: string) => `api/sites/${encodeURIComponent(site.id)}/sheet?format=${format}&lang=${lang}`;
  return (
    <section key={site.id} ref={bring} className="card site" data-site-card={site.id}>
      <h2>
        {site.name}
        <button type="button" onClick={onClose}>
          {word('close', lang)}
        </button>
      </h2>
      <p className="note">
        {[site.id, label(catalogue, `relocation.source.${site.source}`, lang), site.village].filter(Boolean).join(' · ')} <em className={`tag ${site.verdict}`}>{verdictName(catalogue, site.verdict, lang)}</em>
      </p>
      <p>
        <b>{word('capacity_n', lang, { n: site.capacity })}</b> · {word('usable_of', lang, { usable: decimals(site.usable_m2 / HECTARE, 2), area: decimals(site.area_m2 / HECTARE, 2) })}
      </p>
      {site.connect && (
        <p>
          {word('connection', lang)} <b>{wan(site.connect.likely)}</b> ({wan(site.connect.low)}–{wan(site.connect.high)}) {word('wan', lang)}
        </p>
      )}
      {site.rank !== null && (
        <p>
          {word('rank', lang)} <b>{site.rank}</b>
          {site.rank_low !== null && site.rank_high !== null && site.rank_low !== site.rank_high && ` · ${word('rank_range', lang, { low: site.rank_low, high: site.rank_high })}`}
        </p>
      )}
      <p className="take">
        {word('sheet', lang)}:{' '}
        <a href={sheet('html')} target="_blank" rel="noreferrer">
          HTML
        </a>{' '}
        <a href={sheet('docx')}>DOCX</a>
      </p>
      <table>
        <tbody>
          {metrics.map(([key, value]) => (
            <tr key={key}>
              <th>{label(catalogue, `relocation.metric.${key}`, lang)}</th>
              <td>{key === 'slope_mean' ? `${decimals(100 * (value ?? 0), 1)} %` : decimals(value ?? 0, 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Rules {...{ lang, catalogue }} rules={site.rules} />
    </section>
  );
}
