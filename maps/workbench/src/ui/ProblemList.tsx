// What was wrong with the files: where, what, what was done about it, and what people should do.
import { client } from '../api/client';
import type { Lang } from '../api/types';
import { count, word } from '../core/text';
import { bring } from './bring';
import { useAnswer } from './newest';

interface Props {
  lang: Lang;
  onTrouble: (error: unknown) => void;
  onClose: () => void;
}

export function ProblemList({ lang, onTrouble, onClose }: Props) {
  const found = useAnswer('problems', client.problems, onTrouble);
  if (!found) return null;
  return (
    <section ref={bring} className="card problems" data-problems={found.count}>
      <h2>
        {word('problems', lang, { n: found.count })}
        <button type="button" onClick={onClose}>
          {word('close', lang)}
        </button>
      </h2>
      <ul>
        {found.problems.map((each, i) => (
          <li key={`${each.key} ${i}`} data-problem={each.key} className={each.severity === 'warning' ? '' : 'bad'}>
            <small>
              {[each.file, each.layer[lang], each.row && word('row_n', lang, { n: each.row }), each.count > 1 && `× ${count(each.count)}`].filter(Boolean).join(' · ')}
            </small>
            <b>{each.what[lang]}</b> {each.done[lang]} <i>{each.todo[lang]}</i>
          </li>
        ))}
      </ul>
    </section>
  );
}
