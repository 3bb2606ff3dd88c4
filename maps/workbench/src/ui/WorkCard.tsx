// One planned work: quantity, price, system, profile, and whom it serves.
import type { ReactNode } from 'react';
import { client } from '../api/client';
import type { Lang } from '../api/types';
import type { WorkSystem } from '../api/works';
import { amount, count, decimals, unitName, word } from '../core/text';
import { bring } from './bring';
import { useAnswer } from './newest';
import { ProfileChart } from './ProfileChart';
import { SystemScheme } from './SystemScheme';
import type { Open } from './relocation/parts';

/** 10,000 yuan are 1 万元. */
const wan = (yuan: number) => decimals(yuan / 10_000, 2);

interface Props {
  id: string;
  lang: Lang;
  onOpen: Open;
  onWork: (id: string) => void;
  onTrouble: (error: unknown) => void;
  onClose: () => void;
}

export function WorkCard({ id, lang, onOpen, onWork, onTrouble, onClose }: Props) {
  const work = useAnswer(id, () => client.work(id), onTrouble);
  if (!work) return null;
  const { price } = work;
  return (
    <section key={work.id} ref={bring} className="card work" data-work={work.id}>
      <h2>
        {work.label[lang]} {work.id}
        <button type="button" onClick={onClose}>
          {word('close', lang)}
        </button>
      </h2>
      <p className="note">{[work.village, work.group, work.spec].filter(Boolean).join(' · ')}</p>
      {work.flag && <p className="bad">{work.flag[lang]}</p>}
      <table>
        <tbody>
          <Line head={word('quantity', lang)}>
            <b data-quantity>{amount(work.quantity, work.unit)}</b> {unitName(work.unit)}
          </Line>
          <Line head={word('price', lang)}>
            <b data-price>{wan(price.likely)}</b> ({wan(price.low)}–{wan(price.high)}) {word('wan', lang)} {price.assumed && <em>{word('assumed', lang)}</em>}
          </Line>
          {price.run > 0 && (
            <Line head={word('running', lang)}>
              {wan(price.run)} {word('wan', lang)}
            </Line>
          )}
          <Line head={word('serves', lang)}>
            {word('n_households', lang, { n: work.households ?? '?' })}, {word('n_people', lang, { n: work.people ?? '?' })}
            {(work.moving ?? 0) > 0 && ` (${word('moving_n', lang, { n: work.moving ?? 0 })})`}
          </Line>
          {(work.crucial ?? 0) > 0 && <Line head={word('crucial', lang)}>{word('crucial_n', lang, { n: work.crucial ?? 0 })}</Line>}
          {work.year !== null && <Line head={word('year', lang)}>{word('year_n', lang, { n: work.year })}</Line>}
          {work.after.length > 0 && (
            <Line head={word('after', lang)}>
              {work.after.map((other) => (
                <button type="button" key={other} onClick={() => onWork(other)}>
                  {other}
                </button>
              ))}
            </Line>
          )}
        </tbody>
      </table>
      {work.system && <Verified system={work.system} lang={lang} />}
      {work.system && <SystemPrice system={work.system} lang={lang} />}
      {work.system?.file && <SystemScheme key={work.system.id} id={work.system.id} lang={lang} />}
      {work.profile && <ProfileChart profile={work.profile} lang={lang} />}
      {work.serves.length > 0 && (
        <button type="button" data-open={`work=${work.id}`} onClick={() => onOpen({ about: 'works', title: (l) => word('served_by', l, { name: `${work.label[l]} ${work.id}` }), query: { work: work.id } })}>
          {word('who', lang)} ({count(work.serves.length)})
        </button>
      )}
    </section>
  );
}

function Line({ head, children }: { head: string; children: ReactNode }) {
  return (
    <tr>
      <th>{head}</th>
      <td>{children}</td>
    </tr>
  );
}

/** What all works of the system cost together, and each household it serves. */
function SystemPrice({ system, lang }: { system: WorkSystem; lang: Lang }) {
  const { price, each, households } = system;
  const yuan = (value: number | null) => (value === null ? '?' : decimals(value, 0));
  return (
    <table data-system-price={system.id}>
      <tbody>
        <Line head={word('system_price', lang)}>
          <b>{wan(price.likely)}</b> ({wan(price.low)}–{wan(price.high)}) {word('wan', lang)} {price.assumed && <em>{word('assumed', lang)}</em>}
        </Line>
        <Line head={word('each_price', lang)}>
          <b data-each>{yuan(each.likely)}</b> ({yuan(each.low)}–{yuan(each.high)}) {word('yuan', lang)} <small>{word('n_households', lang, { n: households ?? '?' })}</small>
        </Line>
      </tbody>
    </table>
  );
}

function Verified({ system, lang }: { system: WorkSystem; lang: Lang }) {
  const engine = system.verified ?? '';
  const verdict = system.passed === null ? 'not_verified' : system.passed ? 'passed' : 'not_passed';
  return (
    <p className={system.passed === false ? 'system bad' : 'system'}>
      {system.id}: {word(verdict, lang, { engine })}
      {system.sentence && ` · ${system.sentence[lang]}`}
      {system.note && ` · ${system.note[lang]}`}
    </p>
  );
}
