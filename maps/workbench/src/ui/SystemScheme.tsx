// A water system as a section: along its pipes from the source over the pool to every tap, the ground and how high the water stands.
import { useState } from 'react';
import { client, told } from '../api/client';
import type { Lang } from '../api/types';
import type { Scheme, SchemeNode } from '../api/works';
import { decimals, word } from '../core/text';
import { useNewest } from './newest';

const [LEFT, RIGHT, TOP, BOTTOM] = [34, 254, 10, 128];

export function SystemScheme({ id, lang }: { id: string; lang: Lang }) {
  const [found, setFound] = useState<Scheme | null>(null);
  const [trouble, setTrouble] = useState('');
  const newest = useNewest();
  const open = (shown: boolean) => {
    setTrouble('');
    if (shown && !found) newest.ask(client.scheme(id), setFound, (error) => setTrouble(told(error)));
  };
  return (
    <details className="scheme" data-scheme={id} onToggle={(e) => open(e.currentTarget.open)}>
      <summary>{word('scheme', lang)}</summary>
      {trouble && <p className="bad">{trouble}</p>}
      {found && <Section scheme={found} lang={lang} />}
      <a href={`api/works/systems/${encodeURIComponent(id)}/inp`}>{word('epanet_file', lang)}</a>
    </details>
  );
}

function Section({ scheme, lang }: { scheme: Scheme; lang: Lang }) {
  const nodes = new Map(scheme.nodes.map((n) => [n.id, n]));
  const far = scheme.nodes.map((n) => n.along);
  const high = scheme.nodes.flatMap((n) => [n.z, n.low, n.high]);
  const [west, east, floor, top] = [Math.min(...far), Math.max(...far), Math.min(...high), Math.max(...high)];
  const x = (along: number) => LEFT + ((RIGHT - LEFT) * (along - west)) / (east - west || 1);
  const y = (z: number) => BOTTOM - ((BOTTOM - TOP) * (z - floor)) / (top - floor || 1);
  const lines = (level: (n: SchemeNode) => number) =>
    scheme.links
      .map(({ a, b }) => [nodes.get(a), nodes.get(b)])
      .flatMap(([a, b]) => (a && b ? `M${x(a.along).toFixed(1)} ${y(level(a)).toFixed(1)}L${x(b.along).toFixed(1)} ${y(level(b)).toFixed(1)}` : []))
      .join('');
  return (
    <figure>
      <svg viewBox="0 0 260 146" role="img" aria-label={word('scheme', lang)}>
        <path className="axis" d={`M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}`} />
        <path className="ground" d={lines((n) => n.z)} />
        <path className="water" d={lines((n) => n.low)} />
        {scheme.nodes
          .filter((n) => n.kind !== 'joint')
          .map((n) => (
            <circle key={n.id} className={n.kind} cx={x(n.along)} cy={y(n.kind === 'pool' ? n.low : n.z)} r={n.kind === 'tap' ? 1.8 : 4}>
              <title>{word('scheme_head', lang, { low: decimals(n.low - n.z, 1), high: decimals(n.high - n.z, 1) })}</title>
            </circle>
          ))}
        <text x={LEFT - 3} y={TOP + 7} textAnchor="end">
          {decimals(top, 0)}
        </text>
        <text x={LEFT - 3} y={BOTTOM} textAnchor="end">
          {decimals(floor, 0)}
        </text>
        <text x={LEFT} y={142}>
          {decimals(west, 0)}
        </text>
        {west < 0 && (
          <text x={x(0)} y={142} textAnchor="middle">
            0
          </text>
        )}
        <text x={RIGHT} y={142} textAnchor="end">
          {decimals(east, 0)} m
        </text>
      </svg>
      <figcaption>
        <i className="source" /> {word('scheme_source', lang)} {scheme.nodes.some((n) => n.kind === 'high_tank') && (
          <>
            <i className="high_tank" /> {word('scheme_high_tank', lang)}{' '}
          </>
        )}
        <i className="pool" /> {word('scheme_pool', lang)} <i className="tap" /> {word('scheme_tap', lang)}{' '}
        <i className="ground" /> {word('scheme_ground', lang)} <i className="water" /> {word('scheme_water', lang)}
      </figcaption>
    </figure>
  );
}
