// Find a household by id, name, or the group or village it belongs to.
import { useState } from 'react';
import type { Households } from '../api/client';
import type { Lang } from '../api/types';
import { count, word } from '../core/text';

const SHOWN = 12;

interface Props {
  lang: Lang;
  households: Households | null;
  villages: { id: string; name: string }[];
  onChoose: (id: string) => void;
}

export function Search({ lang, households, villages, onChoose }: Props) {
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const has = (value: string | null | undefined) => value?.toLowerCase().includes(wanted) ?? false;
  const there = new Set(villages.filter((v) => wanted && has(v.name)).map((v) => v.id));
  const found = wanted ? (households?.features ?? []).filter(({ properties: p }) => has(p.id) || has(p.name) || has(p.group) || there.has(p.village)) : [];
  return (
    <div className="search">
      <input type="search" value={text} placeholder={word('search', lang)} onChange={(e) => setText(e.target.value)} />
      {wanted && (
        <ul>
          {found.slice(0, SHOWN).map(({ properties: p }) => (
            <li key={p.id}>
              <button
                type="button"
                onClick={() => {
                  onChoose(p.id);
                  setText('');
                }}
              >
                {p.name || p.id} <small>{[p.id, p.group].filter(Boolean).join(' · ')}</small>
              </button>
            </li>
          ))}
          {found.length > SHOWN && <li className="note">{word('more', lang, { n: count(found.length - SHOWN) })}</li>}
          {!found.length && <li className="note">{word('no_match', lang)}</li>}
        </ul>
      )}
    </div>
  );
}
