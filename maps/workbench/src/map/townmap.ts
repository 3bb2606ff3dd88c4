// The map. The only module that knows MapLibre and terra-draw.
import type { Feature, FeatureCollection, GeoJsonObject, Geometry } from 'geojson';
import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { TerraDraw, TerraDrawLineStringMode, TerraDrawPointMode, TerraDrawPolygonMode, TerraDrawRenderMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import type { Households } from '../api/client';
import type { Catalogue, Rule, Theme } from '../api/types';
import type { WorkTheme, Works } from '../api/works';
import { type Box, boxAround } from '../core/box';
import { type View, viewRules } from '../core/view';
import { YEAR_COLOURS } from '../core/years';
import { FONTS, PIXEL_RATIO, hatchImage, pointImage } from './symbols';

maplibregl.setWorkerUrl(workerUrl);

export interface Picked {
  layer: string;
  id: string;
  name: string;
  rule: string;
  /** what happens if it fails, in both languages; '' where that is not asked */
  crucial: { zh: string; en: string };
  /** households that lose service then */
  lose: number;
}
export interface MapEvents {
  onHousehold: (id: string) => void;
  onFeature: (picked: Picked, at: [number, number]) => void;
  onWork: (id: string) => void;
  onDrawn: (geometry: Geometry) => void;
  /** A click anywhere, before anything else looks at it; true: it has been dealt with. */
  onPlace?: (at: [number, number], layers: string[]) => boolean;
}

export type DrawMode = 'polygon' | 'linestring' | 'point';
const HOUSEHOLDS = 'households';
const WORK = 'work_'; // how the layers of planned works begin
// Empty layers that keep the pile in order: relief, layers, households, names.
const [OVER_RELIEF, OVER_LAYERS, OVER_HOUSEHOLDS] = ['over-relief', 'over-layers', 'over-households'] as const;
const PILE = [OVER_RELIEF, OVER_LAYERS, OVER_HOUSEHOLDS];
export type Corners = [[number, number], [number, number], [number, number], [number, number]];
const PAPER = '#f4f1ea';
/** How near the edge is not well seen (px); from where on a house is told from its neighbours; how close the map goes. */
const [EDGE, NEAR_ZOOM, CLOSE_ZOOM] = [40, 13, 15];
const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

export class TownMap {
  private readonly map: maplibregl.Map;
  private readonly ready: Promise<void>;
  private readonly drawn: string[] = [];
  private readonly data = new Map<string, FeatureCollection>();
  private readonly seen = new Map<string, boolean>(); // as somebody wants it, which may be known before a layer is there
  private draw: TerraDraw | null = null;
  private popup: maplibregl.Popup | null = null;
  private pinned: maplibregl.Marker | null = null;
  private quietUntil = 0;
  private quietKinds = new Set<string>();

  constructor(
    container: HTMLElement,
    bbox: Box,
    private readonly events: MapEvents,
  ) {
    this.map = new maplibregl.Map({
      container,
      style: { version: 8, sources: {}, layers: [{ id: 'paper', type: 'background', paint: { 'background-color': PAPER } }] },
      bounds: bbox,
      fitBoundsOptions: { padding: 24 },
      attributionControl: false,
      dragRotate: false,
      canvasContextAttributes: { preserveDrawingBuffer: true },
      localIdeographFontFamily: FONTS,
    });
    this.map.addControl(new maplibregl.ScaleControl({ maxWidth: 140 }), 'bottom-left');
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: true }), 'top-right');
    this.ready = new Promise((resolve) =>
      this.map.once('load', () => {
        for (const id of PILE) this.map.addLayer({ id, type: 'background', layout: { visibility: 'none' } });
        this.veil(bbox);
        resolve();
      }),
    );
    this.map.on('click', (e) => this.click(e));
    this.map.on('mousemove', (e) => {
      this.map.getCanvas().style.cursor = this.draw === null && this.at(e.point).length ? 'pointer' : '';
    });
  }

  /** Shaded relief under everything, from the terrain model of the area. */
  async addRelief(tiles: string): Promise<void> {
    await this.ready;
    this.map.addSource('relief', { type: 'raster-dem', tiles: [tiles], tileSize: 256, encoding: 'terrarium', maxzoom: 14 });
    const paint = { 'hillshade-exaggeration': 0.45, 'hillshade-shadow-color': '#5b564d', 'hillshade-highlight-color': '#ffffff' } as const;
    this.map.addLayer({ id: 'relief', type: 'hillshade', source: 'relief', paint }, 'veil');
  }

  /** Beyond the area there is no relief to show. */
  private veil([w, s, e, n]: Box): void {
    const [dx, dy] = [(e - w) * 0.004, (n - s) * 0.004];
    const hole = [[w - dx, s - dy], [w - dx, n + dy], [e + dx, n + dy], [e + dx, s - dy], [w - dx, s - dy]];
    const world = [[w - 20, s - 15], [e + 20, s - 15], [e + 20, n + 15], [w - 20, n + 15], [w - 20, s - 15]];
    const data: Feature = { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [world, hole] } };
    this.map.addSource('veil', { type: 'geojson', data });
    this.map.addLayer({ id: 'veil', type: 'fill', source: 'veil', paint: { 'fill-color': PAPER } }, OVER_RELIEF);
  }

  async addLayer(theme: Theme, data: FeatureCollection, beneath = false): Promise<void> {
    await this.ready;
    this.data.set(theme.layer, data);
    const source = this.map.getSource(theme.layer);
    if (source instanceof maplibregl.GeoJSONSource) source.setData(data);
    else this.map.addSource(theme.layer, { type: 'geojson', data });
    const here = new Set(data.features.map((f) => String(f.properties?.['rule'])));
    for (const rule of theme.rules) {
      const known = this.ids(theme.layer).some((id) => id.startsWith(`${theme.layer}:${rule.key}:`));
      if (here.has(rule.key) && !known) this.addRule(theme, rule, beneath ? OVER_RELIEF : OVER_LAYERS);
    }
    if (theme.label && !this.map.getLayer(`${theme.layer}:label`)) this.addLabels(theme);
    this.show(theme.layer, this.seen.get(theme.layer) ?? theme.on);
  }

  /** A picture laid over the relief, its corners from the north-west clockwise. */
  async picture(id: string, url: string | null, corners: Corners): Promise<void> {
    await this.ready;
    const source = this.map.getSource(id);
    if (url === null) {
      if (source) this.map.setLayoutProperty(id, 'visibility', 'none');
      return;
    }
    if (source instanceof maplibregl.ImageSource) source.updateImage({ url, coordinates: corners });
    else {
      this.map.addSource(id, { type: 'image', url, coordinates: corners });
      this.map.addLayer({ id, type: 'raster', source: id, paint: { 'raster-opacity': 0.62, 'raster-resampling': 'nearest', 'raster-fade-duration': 0 } }, OVER_RELIEF);
    }
    this.map.setLayoutProperty(id, 'visibility', 'visible');
  }

  /** Ring these households: those behind a number. */
  async ring(features: Feature[]): Promise<void> {
    await this.ready;
    const data: FeatureCollection = { type: 'FeatureCollection', features };
    const source = this.map.getSource('ringed');
    if (source instanceof maplibregl.GeoJSONSource) source.setData(data);
    else {
      this.map.addSource('ringed', { type: 'geojson', data });
      const radius: maplibregl.ExpressionSpecification = ['interpolate', ['linear'], ['zoom'], 11, 3, 14, 7, 17, 14];
      this.map.addLayer({ id: 'ringed', type: 'circle', source: 'ringed', paint: { 'circle-radius': radius, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': '#0d47a1', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 11, 0.8, 14, 1.6] } }, OVER_HOUSEHOLDS);
    }
  }

  /** A pin at the place somebody asked about; null takes it away. */
  pin(at: [number, number] | null): void {
    this.pinned?.remove();
    this.pinned = at === null ? null : new maplibregl.Marker({ color: '#263238', scale: 0.8 }).setLngLat(at).addTo(this.map);
  }

  /** The planned works, one layer for each kind; what a programme has chosen shines from beneath them. */
  async addWorks(themes: WorkTheme[], data: Works): Promise<void> {
    await this.ready;
    this.map.addSource('shine', { type: 'geojson', data: EMPTY });
    const colour = ['match', ['get', 'year'], ...YEAR_COLOURS.flatMap((c, i) => [i + 1, c]), '#999999'] as unknown as maplibregl.ExpressionSpecification;
    const point: maplibregl.FilterSpecification = ['==', ['geometry-type'], 'Point'];
    this.map.addLayer({ id: 'shine-line', type: 'line', source: 'shine', layout: { 'line-cap': 'round' }, paint: { 'line-color': colour, 'line-width': ['interpolate', ['linear'], ['zoom'], 11, 5, 15, 13], 'line-opacity': 0.75 } }, OVER_LAYERS);
    this.map.addLayer({ id: 'shine-point', type: 'circle', source: 'shine', filter: point, paint: { 'circle-color': colour, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 6, 15, 16], 'circle-opacity': 0.75 } }, OVER_LAYERS);
    this.quietKinds = new Set(themes.filter((t) => !t.on).map((t) => t.kind));
    this.markPicked();
    for (const theme of themes) {
      const features = data.features.filter((f) => f.properties.kind === theme.kind);
      if (features.length) await this.addLayer(theme, { type: 'FeatureCollection', features });
    }
  }

  /** Let works shine in the colour of their year. */
  async shine(works: Works | null, years: Record<string, number>): Promise<void> {
    await this.ready;
    const source = this.map.getSource('shine');
    if (!(source instanceof maplibregl.GeoJSONSource)) return;
    const chosen = (works?.features ?? []).filter((f) => years[f.properties.id] !== undefined && !this.quietKinds.has(f.properties.kind));
    source.setData({ type: 'FeatureCollection', features: chosen.map((f) => ({ ...f, properties: { year: years[f.properties.id] ?? 0 } })) });
  }

  show(layer: string, shown: boolean): void {
    this.seen.set(layer, shown);
    for (const id of this.drawn.filter((d) => d.startsWith(`${layer}:`))) {
      this.map.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none');
    }
  }

  async setHouseholds(data: Households): Promise<void> {
    await this.ready;
    const source = this.map.getSource(HOUSEHOLDS);
    if (source instanceof maplibregl.GeoJSONSource) source.setData(data);
    else {
      this.map.addSource(HOUSEHOLDS, { type: 'geojson', data });
      this.map.addSource('chosen', { type: 'geojson', data: EMPTY });
      this.map.addLayer({
        id: 'chosen',
        type: 'circle',
        source: 'chosen',
        paint: { 'circle-radius': 11, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': '#111', 'circle-stroke-width': 3 },
      });
    }
  }

  /** Paint the households by a need, by the number of gaps or by exposure; optionally of one village. */
  async paintHouseholds(view: View, catalogue: Catalogue, village: string | null): Promise<void> {
    await this.ready;
    if (!this.map.getSource(HOUSEHOLDS)) return;
    for (const id of this.ids(HOUSEHOLDS)) this.map.removeLayer(id);
    this.forget(HOUSEHOLDS);
    for (const { rule, filter } of viewRules(view, catalogue)) {
      const id = `${HOUSEHOLDS}:${rule.key}`;
      const within = village === null ? filter : ['all', filter, ['==', ['get', 'village'], village]];
      this.add(OVER_HOUSEHOLDS, {
        id,
        type: 'circle',
        source: HOUSEHOLDS,
        filter: within as maplibregl.FilterSpecification,
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, rule.paint.size * 0.28, 14, rule.paint.size * 0.5, 17, rule.paint.size],
          'circle-color': rule.paint.fill || 'rgba(0,0,0,0)',
          'circle-opacity': rule.paint.fill ? rule.paint.fill_opacity : 0,
          'circle-stroke-color': rule.paint.stroke,
          'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 11, rule.paint.width * 0.5, 15, rule.paint.width],
        },
      });
    }
  }

  /** Mark what was chosen: works, a site, the place a list is about. */
  pick(geometries: Geometry[]): void {
    this.markPicked();
    const source = this.map.getSource('picked');
    if (source instanceof maplibregl.GeoJSONSource) source.setData({ type: 'FeatureCollection', features: geometries.map((geometry) => ({ type: 'Feature', geometry, properties: {} })) });
  }

  private markPicked(): void {
    if (this.map.getSource('picked') || !this.map.getLayer(OVER_LAYERS)) return;
    const point: maplibregl.FilterSpecification = ['==', ['geometry-type'], 'Point'];
    this.map.addSource('picked', { type: 'geojson', data: EMPTY });
    this.map.addLayer({ id: 'picked-line', type: 'line', source: 'picked', layout: { 'line-cap': 'round' }, paint: { 'line-color': '#111', 'line-width': 9, 'line-opacity': 0.45 } }, OVER_LAYERS);
    this.map.addLayer({ id: 'picked-point', type: 'circle', source: 'picked', filter: point, paint: { 'circle-color': 'rgba(0,0,0,0)', 'circle-radius': 15, 'circle-stroke-color': '#111', 'circle-stroke-width': 3 } }, OVER_LAYERS);
  }

  choose(feature: Feature<Geometry | null> | null): void {
    const source = this.map.getSource('chosen');
    if (source instanceof maplibregl.GeoJSONSource) source.setData(feature?.geometry ?? EMPTY);
  }

  /** Where a feature of a layer lies; null for one that is not drawn. */
  place(layer: string, id: string): Geometry | null {
    return this.data.get(layer)?.features.find((f) => f.properties?.['id'] === id)?.geometry ?? null;
  }

  /** What was chosen in a list is gone to, unless it is well seen from where the map stands. */
  visit(geometries: (Geometry | null)[]): void {
    const box = boxAround(geometries);
    if (box && !this.wellSeen(box)) this.map.fitBounds(box, { padding: 60, maxZoom: Math.max(CLOSE_ZOOM, this.map.getZoom()) });
  }

  private wellSeen([west, south, east, north]: Box): boolean {
    const [a, b] = [this.map.project([west, north]), this.map.project([east, south])];
    const frame = this.map.getContainer().getBoundingClientRect();
    const inside = a.x > EDGE && a.y > EDGE && b.x < frame.width - EDGE && b.y < frame.height - EDGE;
    const large = b.x - a.x > frame.width / 4 || b.y - a.y > frame.height / 4;
    return inside && (large || this.map.getZoom() >= NEAR_ZOOM) && !this.covered(frame.left + (a.x + b.x) / 2, frame.top + (a.y + b.y) / 2);
  }

  /** Whether legend, caption or tray lie over this point of the window. */
  private covered(x: number, y: number): boolean {
    const others = [...(this.map.getContainer().parentElement?.children ?? [])].filter((each) => each !== this.map.getContainer());
    return others.map((each) => each.getBoundingClientRect()).some((r) => x > r.left && x < r.right && y > r.top && y < r.bottom);
  }

  fit(bbox: Box): void {
    this.map.fitBounds(bbox, { padding: 40, maxZoom: 16 });
  }

  /** What was said goes: it was of another view, or in the other language. */
  hush(): void {
    this.popup?.remove();
    this.popup = null;
  }

  say(text: string, at: [number, number]): void {
    this.hush();
    this.popup = new maplibregl.Popup({ closeButton: false, maxWidth: '260px' }).setLngLat(at).setText(text).addTo(this.map);
  }

  /** Show one geometry over the map: what of a site can be built on. */
  async overlay(geometry: GeoJsonObject | null): Promise<void> {
    await this.ready;
    const source = this.map.getSource('overlay');
    const data = (geometry ?? EMPTY) as Feature;
    if (source instanceof maplibregl.GeoJSONSource) source.setData(data);
    else {
      this.map.addSource('overlay', { type: 'geojson', data });
      const polygon: maplibregl.FilterSpecification = ['==', ['geometry-type'], 'Polygon'];
      this.map.addLayer({ id: 'overlay', type: 'fill', source: 'overlay', filter: polygon, paint: { 'fill-color': '#009E73', 'fill-opacity': 0.35 } });
      const line: maplibregl.FilterSpecification = ['==', ['geometry-type'], 'LineString'];
      this.map.addLayer({ id: 'overlay-line', type: 'line', source: 'overlay', filter: line, paint: { 'line-color': '#c6007e', 'line-width': 5 } });
      const point: maplibregl.FilterSpecification = ['==', ['geometry-type'], 'Point'];
      this.map.addLayer({ id: 'overlay-point', type: 'circle', source: 'overlay', filter: point, paint: { 'circle-color': '#5a1be0', 'circle-radius': 9, 'circle-stroke-color': '#fff', 'circle-stroke-width': 2 } });
    }
  }

  startDrawing(mode: DrawMode = 'polygon'): void {
    this.stopDrawing();
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map: this.map }),
      modes: [new TerraDrawPolygonMode(), new TerraDrawLineStringMode(), new TerraDrawPointMode(), new TerraDrawRenderMode({ modeName: 'still', styles: {} })],
    });
    this.draw.start();
    this.draw.setMode(mode);
    this.draw.on('finish', (id) => {
      const found = this.draw?.getSnapshot().find((f) => f.id === id);
      this.draw?.setMode('still');
      this.quietUntil = performance.now() + 400; // the click that ended the drawing picks nothing
      if (found) this.events.onDrawn(found.geometry as Geometry);
    });
  }

  stopDrawing(): void {
    this.draw?.stop();
    this.draw = null;
  }

  whenStill(call: () => void): void {
    this.map.once('idle', call);
  }

  remove(): void {
    this.stopDrawing();
    this.map.remove();
  }

  private at(point: maplibregl.PointLike): maplibregl.MapGeoJSONFeature[] {
    const near = (p: maplibregl.Point): [maplibregl.PointLike, maplibregl.PointLike] => [
      [p.x - 4, p.y - 4],
      [p.x + 4, p.y + 4],
    ];
    return this.map.queryRenderedFeatures(near(maplibregl.Point.convert(point)), { layers: this.drawn.filter((d) => this.map.getLayer(d)) });
  }

  private click(e: maplibregl.MapMouseEvent): void {
    if ((this.draw && this.draw.getMode() !== 'still') || performance.now() < this.quietUntil) return;
    const found = this.at(e.point);
    if (this.events.onPlace?.(e.lngLat.toArray(), found.map((f) => `${f.source}/${String(f.properties['id'])}`))) return;
    const house = found.find((f) => f.source === HOUSEHOLDS);
    if (house) return this.events.onHousehold(String(house.properties['id']));
    const work = found.find((f) => f.source.startsWith(WORK));
    if (work) return this.events.onWork(String(work.properties['id']));
    // a bridge lies between the roads it joins: what others hang on is meant first
    const other = found.find((f) => Number(f.properties['crucial'] ?? 0) > 0) ?? found.find((f) => f.source !== 'villages') ?? found[0];
    if (other) {
      const { id, name, rule, crucial_zh, crucial_en, crucial: lose } = other.properties as Record<string, string>;
      const crucial = { zh: crucial_zh ?? '', en: crucial_en ?? '' };
      this.events.onFeature({ layer: String(other.source), id: id ?? '', name: name ?? '', rule: rule ?? '', crucial, lose: Number(lose ?? 0) }, e.lngLat.toArray());
    }
  }

  private add(below: string | undefined, layer: maplibregl.LayerSpecification): void {
    this.map.addLayer(layer, below);
    this.drawn.push(layer.id);
  }

  private ids(layer: string): string[] {
    return this.drawn.filter((d) => d.startsWith(`${layer}:`));
  }

  private forget(layer: string): void {
    const kept = this.drawn.filter((d) => !d.startsWith(`${layer}:`));
    this.drawn.splice(0, this.drawn.length, ...kept);
  }

  private addRule(theme: Theme, rule: Rule, below: string): void {
    const base = { source: theme.layer, minzoom: theme.min_zoom || 0, filter: ['==', ['get', 'rule'], rule.key] as maplibregl.FilterSpecification };
    const id = `${theme.layer}:${rule.key}`;
    const { paint } = rule;
    // a polygon layer may hold points of unknown extent, a layer of lines single taps: they are drawn as points
    const kind = ['geometry-type'] as unknown as maplibregl.ExpressionSpecification;
    if (theme.geometry === 'polygon' && (paint.fill || paint.hatch)) this.addFill(id, base, rule, below);
    if (theme.geometry !== 'point' && paint.stroke) this.addLines(id, base, rule, below);
    this.addPoints(id, base, rule, theme.mark ? ['all'] : ['==', kind, 'Point'], below, theme.layer === 'found_sites' || theme.layer === 'rebuilt');
  }

  private addPoints(id: string, base: Base, rule: Rule, which: unknown, below: string, large: boolean): void {
    if (!rule.paint.size) return;
    const image = `${id}:image`;
    if (!this.map.hasImage(image)) this.map.addImage(image, pointImage(rule.paint), { pixelRatio: PIXEL_RATIO });
    this.add(below, {
      ...base,
      id: `${id}:point`,
      type: 'symbol',
      filter: ['all', base.filter, which] as maplibregl.FilterSpecification,
      layout: { 'icon-image': image, 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 11.5, large ? 0.7 : 0.35, 14, large ? 1 : 0.8, 16, 1.1] },
    });
  }

  private addFill(id: string, base: Base, rule: Rule, below: string): void {
    const { paint } = rule;
    if (paint.hatch) {
      const image = `${id}:hatch`;
      this.map.addImage(image, hatchImage(paint), { pixelRatio: PIXEL_RATIO });
      this.add(below, { ...base, id: `${id}:fill`, type: 'fill', paint: { 'fill-pattern': image } });
    } else {
      this.add(below, { ...base, id: `${id}:fill`, type: 'fill', paint: { 'fill-color': paint.fill, 'fill-opacity': paint.fill_opacity } });
    }
  }

  private addLines(id: string, base: Base, rule: Rule, below: string): void {
    const { paint } = rule;
    const wide = (w: number): maplibregl.ExpressionSpecification => ['interpolate', ['linear'], ['zoom'], 11, w * 0.5, 14, w, 17, w * 2];
    const round = { 'line-join': 'round', 'line-cap': paint.dash.length ? 'butt' : 'round' } as const;
    if (paint.casing) {
      this.add(below, { ...base, id: `${id}:casing`, type: 'line', layout: round, paint: { 'line-color': paint.casing, 'line-width': wide(paint.width + 1.6) } });
    }
    this.add(below, {
      ...base,
      id: `${id}:line`,
      type: 'line',
      layout: round,
      paint: {
        'line-color': paint.stroke,
        'line-opacity': paint.stroke_opacity,
        'line-width': wide(paint.width),
        ...(paint.dash.length ? { 'line-dasharray': paint.dash.map((d) => d / Math.max(1, paint.width)) } : {}),
      },
    });
  }

  private addLabels(theme: Theme): void {
    this.add(undefined, {
      id: `${theme.layer}:label`,
      type: 'symbol',
      source: theme.layer,
      minzoom: theme.label_zoom || 0,
      layout: {
        'text-field': ['coalesce', ['get', 'name'], ''],
        'text-font': ['Noto Sans CJK SC'],
        'text-size': theme.layer === 'villages' ? 16 : 12,
        'text-allow-overlap': theme.layer === 'villages', // a village is always named
        'text-offset': theme.geometry === 'point' ? [0, 1.3] : [0, 0],
        'symbol-placement': theme.geometry === 'line' ? 'line' : 'point',
      },
      paint: { 'text-color': '#33302b', 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 },
    });
  }
}

type Base = { source: string; minzoom: number; filter: maplibregl.FilterSpecification };
