// The profile of a road: elevation (m) over chainage (m), the steepest stretch marked.
import type { Lang } from '../api/types';
import type { Profile } from '../api/works';
import { word } from '../core/text';

const [WIDTH, HEIGHT] = [260, 118];
const [LEFT, RIGHT, TOP, FLOOR] = [36, 252, 16, 92];

export function ProfileChart({ profile, lang }: { profile: Profile; lang: Lang }) {
  const { d, z } = profile;
  const length = d.at(-1) ?? 0;
  const [low, high] = [Math.min(...z), Math.max(...z)];
  const x = (at: number) => LEFT + ((RIGHT - LEFT) * at) / (length || 1);
  const y = (height: number) => FLOOR - ((FLOOR - TOP) * (height - low)) / (high - low || 1);
  const places = d.map((at, i) => `${x(at).toFixed(1)},${y(z[i] ?? low).toFixed(1)}`);
  const points = places.join(' ');
  const steep = steepest(d, z);
  const grade = profile.steepest === null ? '?' : (100 * profile.steepest).toFixed(1);
  const told = { length: length.toFixed(0), low: low.toFixed(0), high: high.toFixed(0), grade };
  return (
    <figure className="profile">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={word('profile', lang, told)}>
        <polygon points={`${LEFT},${FLOOR} ${points} ${RIGHT},${FLOOR}`} />
        <polyline points={points} />
        {steep > 0 && <path className="steep" d={`M${places[steep - 1]}L${places[steep]}`} />}
        <path className="axis" d={`M${LEFT} ${TOP - 8}V${FLOOR}H${RIGHT}`} />
        {ticks(low, high, 4).map((height) => (
          <g key={height} data-elevation={height}>
            <path className="axis" d={`M${LEFT - 3} ${y(height).toFixed(1)}h3`} />
            <text x={LEFT - 5} y={y(height) + 3} textAnchor="end">
              {height}
            </text>
          </g>
        ))}
        {ticks(0, length, 5).map((at) => (
          <g key={at} data-chainage={at}>
            <path className="axis" d={`M${x(at).toFixed(1)} ${FLOOR}v3`} />
            <text x={x(at)} y={FLOOR + 12} textAnchor="middle">
              {at}
            </text>
          </g>
        ))}
        <text x={2} y={8}>
          {word('elevation_m', lang)}
        </text>
        <text x={RIGHT} y={HEIGHT - 3} textAnchor="end">
          {word('chainage_m', lang)}
        </text>
      </svg>
      <figcaption>{word('profile', lang, told)}</figcaption>
    </figure>
  );
}

/** The point at the end of the steepest stretch; 0 of a level line. */
function steepest(d: number[], z: number[]): number {
  const grade = (i: number) => Math.abs((z[i] ?? 0) - (z[i - 1] ?? 0)) / Math.max((d[i] ?? 0) - (d[i - 1] ?? 0), 1e-9);
  let at = 0;
  for (let i = 1; i < d.length; i += 1) if (grade(i) > (at ? grade(at) : 0)) at = i;
  return at;
}

/** Round numbers between `low` and `high`, at most `most` steps apart: 1, 2 or 5 times a power of ten. */
function ticks(low: number, high: number, most: number): number[] {
  if (high <= low) return [Math.round(low)];
  const rough = Math.max((high - low) / most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}
