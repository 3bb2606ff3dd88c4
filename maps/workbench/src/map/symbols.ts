// Theme paints as images: the shapes of points with their glyph, and hatches of areas.
import type { Paint } from '../api/types';

const RATIO = 2; // drawn at twice the size, so that they stay sharp on fine screens

export function pointImage(paint: Paint): ImageData {
  const side = Math.ceil((paint.size || 10) + 2 * paint.width + 2) * RATIO;
  const ctx = canvas(side);
  const r = ((paint.size || 10) / 2) * RATIO;
  ctx.translate(side / 2, side / 2);
  outline(ctx, paint.shape, r);
  if (paint.fill) {
    ctx.globalAlpha = paint.fill_opacity;
    ctx.fillStyle = paint.fill;
    ctx.fill();
  }
  ctx.globalAlpha = paint.stroke_opacity;
  if (paint.stroke) {
    ctx.strokeStyle = paint.stroke;
    ctx.lineWidth = paint.width * RATIO;
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  if (paint.glyph) {
    ctx.fillStyle = dark(paint.fill) ? '#fff' : paint.stroke && dark(paint.stroke) ? paint.stroke : '#222';
    ctx.font = `600 ${(paint.glyph.length > 1 ? 0.95 : 1.2) * r}px ${FONTS}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillText(paint.glyph, 0, paint.shape === 'triangle' ? r * 0.2 : 0);
  }
  return ctx.getImageData(0, 0, side, side);
}

export function hatchImage(paint: Paint): ImageData {
  const side = 8 * RATIO;
  const ctx = canvas(side);
  ctx.fillStyle = paint.fill || paint.stroke;
  ctx.globalAlpha = paint.fill_opacity;
  ctx.fillRect(0, 0, side, side);
  ctx.globalAlpha = Math.min(1, paint.fill_opacity * 3);
  ctx.strokeStyle = ctx.fillStyle = paint.stroke || paint.fill;
  ctx.lineWidth = RATIO;
  ctx.beginPath();
  if (paint.hatch === 'dots') {
    ctx.arc(side / 2, side / 2, RATIO * 1.1, 0, 7);
    ctx.fill();
    return ctx.getImageData(0, 0, side, side);
  }
  for (const at of [-side, 0, side]) {
    if (paint.hatch !== 'back') line(ctx, at, side, at + side, 0);
    if (paint.hatch !== 'diagonal') line(ctx, at, 0, at + side, side);
  }
  ctx.stroke();
  return ctx.getImageData(0, 0, side, side);
}

export const FONTS = '"Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif';
export const PIXEL_RATIO = RATIO;

function canvas(side: number): CanvasRenderingContext2D {
  const element = document.createElement('canvas');
  element.width = element.height = side;
  const ctx = element.getContext('2d', { willReadFrequently: true });
  if (!ctx) throw new Error('this browser draws no canvas');
  return ctx;
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
}

const CORNERS: Record<string, number> = { triangle: 3, diamond: 4, pentagon: 5 };

function outline(ctx: CanvasRenderingContext2D, shape: string, r: number): void {
  ctx.beginPath();
  const corners = CORNERS[shape];
  if (shape === 'square') ctx.rect(-r, -r, 2 * r, 2 * r);
  else if (corners === undefined) ctx.arc(0, 0, r, 0, 7);
  else
    for (let i = 0; i <= corners; i++) {
      const a = (i / corners) * 2 * Math.PI - Math.PI / 2;
      ctx.lineTo(r * Math.cos(a), r * Math.sin(a));
    }
}

export function dark(colour: string): boolean {
  const n = parseInt(colour.slice(1), 16);
  return colour !== '' && 0.3 * (n >> 16) + 0.59 * ((n >> 8) & 255) + 0.11 * (n & 255) < 140;
}
