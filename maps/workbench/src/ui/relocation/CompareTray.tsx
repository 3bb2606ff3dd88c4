// Two to five sites side by side, over the map: rules, measures, and a bar for every measure.
import type { CompareRow, Comparison } from '../../api/relocation';
import type { Catalogue, Lang } from '../../api/types';
import { unitIn, word } from '../../core/text';
import { MARKS, verdictName } from '../Rules';

interface Props {
  lang: Lang;
  catalogue: Catalogue;
  found: Comparison;
  onChoose: (site: string) => void;
  onClose: () => void;
}

export function CompareTray({ lang, catalogue, found, onChoose, onClose }: Props) {
  return (
    <section className="tray" data-compared={found.sites.length}>
      <h2>
        {word('compare_title', lang)}
        <button type="button" onClick={onClose}>
          {word('close', lang)}
        </button>
      </h2>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th />
              {found.sites.map((site) => (
                <th key={site.id}>
                  <button type="button" onClick={() => onChoose(site.id)}>
                    {site.name}
                  </button>
                  <em className={`tag ${site.verdict}`}>{verdictName(catalogue, site.verdict, lang)}</em>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((row) => (
              <Row key={`${row.part}.${row.key}`} row={row} lang={lang} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ row, lang }: { row: CompareRow; lang: Lang }) {
  const values = row.cells.map((c) => c.value).filter((v): v is number => v !== null);
  const most = Math.max(...values.map(Math.abs), 0);
  const best = values.length > 1 && new Set(values).size > 1 ? (row.better === 'low' ? Math.min(...values) : row.better === 'high' ? Math.max(...values) : null) : null;
  return (
    <tr className={row.part}>
      <th>
        {row.label[lang]} {row.unit && <small>{unitIn(row.unit, lang)}</small>}
      </th>
      {row.cells.map((cell, i) => (
        <td key={i} className={cell.state ?? ''}>
          {cell.value !== null && row.part !== 'rules' && (
            <i className="bar">
              <i className={cell.value === best ? 'best' : ''} style={{ width: `${most ? (100 * Math.abs(cell.value)) / most : 0}%` }} />
            </i>
          )}
          <span>
            {cell.state && <b>{MARKS[cell.state]}</b>} {cell.text[lang]}
          </span>
        </td>
      ))}
    </tr>
  );
}
