// Which layers of the area and of its works are seen: on each side of the desk the boxes and the map say the same.
import { type RefObject, useEffect, useState } from 'react';
import type { Catalogue } from '../api/types';
import { DOUBLED } from '../core/relocation';
import type { TownMap } from '../map/townmap';

export type Mode = 'gaps' | 'relocation';
export interface Layers {
  hidden: Set<string>;
  flip: (layer: string) => void;
}

/** `made`: changes when the map is made. */
export function useLayers(mode: Mode, catalogue: Catalogue, map: RefObject<TownMap | null>, made: string | undefined): Layers {
  const [off, setOff] = useState(() => atFirst(catalogue));
  const hidden = off[mode];
  useEffect(() => {
    const { layers, works } = catalogue.themes;
    for (const { layer } of [...layers, ...works]) map.current?.show(layer, !hidden.has(layer));
  }, [hidden, catalogue, map, made]);
  const flip = (layer: string) => {
    const next = new Set(hidden);
    if (!next.delete(layer)) next.add(layer);
    setOff({ ...off, [mode]: next });
  };
  return { hidden, flip };
}

/** Relocation begins without works, and without the layers it draws in its own way. */
function atFirst(catalogue: Catalogue): Record<Mode, Set<string>> {
  const { layers, works } = catalogue.themes;
  const quiet = [...layers, ...works].filter((t) => !t.on).map((t) => t.layer);
  return { gaps: new Set(quiet), relocation: new Set([...quiet, ...DOUBLED, ...works.map((t) => t.layer)]) };
}
