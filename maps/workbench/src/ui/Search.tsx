// Find a household by id, name, or the group it belongs to.
import { useState } from 'react';
import type { Households } from '../api/client';
import type { Lang } from '../api/types';
import { word } from '../core/text';

const SHOWN = 12;

export function Search({ lang, households, onChoose }: { lang: Lang; households: Households | null; onChoose: (id: string) => void }) {
  const [text, setText] = useState('');
  const wanted = text.trim();
  const found = wanted
    ? (households?.features ?? []).filter(({ properties: p }) => [p.id, p.name, p.group].some((v) => v?.includes(wanted))).slice(0, SHOWN)
    : [];
  return (
    <div className="search">
      <input type="search" value={text} placeholder={word('search', lang)} onChange={(e) => setText(e.target.value)} />
      {wanted && (
        <ul>
          {found.map(({ properties: p }) => (
            <li key={p.id}>
              <button
                type="button"
                onClick={() => {
                  onChoose(p.id);
                  setText('');
                }}
              >
                {p.name} <small>{p.id}</small>
              </button>
            </li>
          ))}
          {!found.length && <li className="note">{word('no_match', lang)}</li>}
        </ul>
      )}
    </div>
  );
}
