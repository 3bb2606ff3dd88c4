// Why not here? The rules that close a place, or what it scores where none does.
import type { WhyNot } from '../../api/relocation';
import type { Catalogue, Lang } from '../../api/types';
import { word } from '../../core/text';
import { Rules } from '../Rules';
import { bring } from '../bring';

export function WhyNotCard({ lang, catalogue, found, onClose }: { lang: Lang; catalogue: Catalogue; found: WhyNot; onClose: () => void }) {
  return (
    <section ref={bring} className="card why-not" data-excluded={found.excluded}>
      <h2>
        {word('why_not_here', lang)}
        <button type="button" onClick={onClose}>
          {word('close', lang)}
        </button>
      </h2>
      <p className={found.excluded ? 'bad' : 'good'}>
        <b>{word(found.excluded ? 'may_not_settle' : 'may_settle', lang)}</b>
        {found.score !== null && ` · ${word('score', lang)} ${found.score.toFixed(2)}`}
      </p>
      <Rules {...{ lang, catalogue }} rules={found.rules} />
      <div className="criteria">
        {found.criteria.map((c) => (
          <p key={c.key} className={c.weight ? '' : 'idle'}>
            <span>{c.label[lang]}</span>
            <i className="bar">
              <i style={{ width: `${100 * (c.value ?? 0)}%` }} />
            </i>
            <small>{c.value === null ? word('no_data', lang) : c.value.toFixed(2)}</small>
          </p>
        ))}
      </div>
    </section>
  );
}
