// What each further sum of money would reach.
import type { Lang } from '../api/types';
import type { FrontierStep } from '../api/works';
import { decimals, word } from '../core/text';

const [LEFT, RIGHT, TOP, BOTTOM] = [40, 246, 8, 84];

export function FrontierChart({ steps, lang }: { steps: FrontierStep[]; lang: Lang }) {
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !last || steps.length < 2) return null;
  const most = Math.max(...steps.map((s) => s.households), 1);
  const least = Math.min(...steps.map((s) => s.households));
  const x = (s: FrontierStep) => LEFT + ((RIGHT - LEFT) * (s.budget - first.budget)) / (last.budget - first.budget || 1);
  const y = (s: FrontierStep) => BOTTOM - ((BOTTOM - TOP) * (s.households - least)) / (most - least || 1);
  return (
    <figure className="frontier">
      <figcaption>{word('frontier', lang)}</figcaption>
      <svg viewBox="0 0 260 102" role="img" aria-label={word('frontier', lang)}>
        <path className="axis" d={`M${LEFT} ${TOP} V${BOTTOM} H${RIGHT}`} />
        <polyline points={steps.map((s) => `${x(s).toFixed(1)},${y(s).toFixed(1)}`).join(' ')} />
        <text x={LEFT - 4} y={TOP + 6} textAnchor="end">
          {decimals(most, 0)}
        </text>
        <text x={LEFT - 4} y={BOTTOM} textAnchor="end">
          {decimals(least, 0)}
        </text>
        <text x={LEFT} y={99}>
          {decimals(first.budget, 0)}
        </text>
        <text x={RIGHT} y={99} textAnchor="end">
          {decimals(last.budget, 0)} {word('wan', lang)}
        </text>
      </svg>
    </figure>
  );
}
