// Where things are: the box around them.
import type { Geometry } from 'geojson';

/** West, south, east, north in degrees. */
export type Box = [number, number, number, number];

/** The box around all of them; null where none has a place. */
export function boxAround(geometries: (Geometry | null | undefined)[]): Box | null {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  const look = (at: unknown): void => {
    if (!Array.isArray(at)) return;
    const [x, y] = at as unknown[];
    if (typeof x === 'number' && typeof y === 'number') {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    } else at.forEach(look);
  };
  const each = (geometry: Geometry | null | undefined): void => {
    if (geometry?.type === 'GeometryCollection') geometry.geometries.forEach(each);
    else look(geometry?.coordinates);
  };
  geometries.forEach(each);
  return box[0] <= box[2] ? box : null;
}
