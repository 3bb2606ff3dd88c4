// One sample of a rule, as the map draws it: what a legend shows.
import type { Rule } from '../api/types';
import { dark } from './symbols';

export function Swatch({ rule, geometry }: { rule: Rule; geometry: string }) {
  const { paint } = rule;
  const dash = paint.dash.join(' ');
  if (geometry === 'line') {
    return (
      <svg width="26" height="16" aria-hidden>
        {paint.casing && <line x1="1" x2="25" y1="8" y2="8" stroke={paint.casing} strokeWidth={paint.width + 2} />}
        <line x1="1" x2="25" y1="8" y2="8" stroke={paint.stroke} strokeWidth={Math.max(1.5, paint.width)} strokeDasharray={dash} />
      </svg>
    );
  }
  const common = { fill: paint.fill || 'none', fillOpacity: paint.fill_opacity, stroke: paint.stroke, strokeWidth: Math.max(1, paint.width), strokeDasharray: dash };
  if (geometry === 'polygon') {
    return (
      <svg width="26" height="16" aria-hidden>
        <rect x="2" y="2" width="22" height="12" {...common} />
        {paint.hatch && <path d="M4 14 L14 2 M12 14 L22 2" stroke={paint.stroke} strokeWidth="1" />}
      </svg>
    );
  }
  const r = Math.min(7, Math.max(3, paint.size / 2));
  return (
    <svg width="26" height="16" aria-hidden>
      {paint.shape === 'triangle' ? (
        <path d={`M13 ${8 - r} L${13 + r} ${8 + r * 0.8} L${13 - r} ${8 + r * 0.8} Z`} {...common} />
      ) : paint.shape === 'diamond' ? (
        <path d={`M13 ${8 - r} L${13 + r} 8 L13 ${8 + r} L${13 - r} 8 Z`} {...common} />
      ) : paint.shape === 'square' ? (
        <rect x={13 - r} y={8 - r} width={2 * r} height={2 * r} {...common} />
      ) : (
        <circle cx="13" cy="8" r={r} {...common} />
      )}
      {paint.glyph && (
        <text x="13" y="11.5" textAnchor="middle" fontSize="9" fill={dark(paint.fill) ? '#fff' : paint.stroke || '#222'}>
          {paint.glyph}
        </text>
      )}
    </svg>
  );
}
