// The profile of a road: elevation along it.
import type { Lang } from '../api/types';
import type { Profile } from '../api/works';
import { word } from '../core/text';

const [WIDTH, HEIGHT, FLOOR] = [250, 80, 74];

export function ProfileChart({ profile, lang }: { profile: Profile; lang: Lang }) {
  const { d, z } = profile;
  const length = d.at(-1) ?? 0;
  const [low, high] = [Math.min(...z), Math.max(...z)];
  const points = d.map((at, i) => `${((WIDTH * at) / (length || 1)).toFixed(1)},${(FLOOR - (66 * ((z[i] ?? low) - low)) / (high - low || 1)).toFixed(1)}`).join(' ');
  const told = { length: length.toFixed(0), low: low.toFixed(0), high: high.toFixed(0), grade: (100 * (profile.steepest ?? 0)).toFixed(1) };
  return (
    <figure className="profile">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={word('profile', lang, told)}>
        <polygon points={`0,${HEIGHT} ${points} ${WIDTH},${HEIGHT}`} />
        <polyline points={points} />
      </svg>
      <figcaption>{word('profile', lang, told)}</figcaption>
    </figure>
  );
}
