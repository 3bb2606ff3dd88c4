// Drawing on one canvas: symbols, hatches and the pile of layers. Colours come from maps/themes.py.

const HATCH_STEP = 8;
const hatches = new Map();

/** A repeating tile of lines or dots in one colour. */
function hatchPattern(context, kind, colour) {
  const key = kind + colour;
  if (hatches.has(key)) return hatches.get(key);
  const tile = document.createElement("canvas");
  tile.width = tile.height = HATCH_STEP;
  const pen = tile.getContext("2d");
  const s = HATCH_STEP;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 1.3;
  pen.beginPath();
  if (kind === "diagonal" || kind === "cross") { pen.moveTo(-1, s + 1); pen.lineTo(s + 1, -1); }
  if (kind === "back" || kind === "cross") { pen.moveTo(-1, -1); pen.lineTo(s + 1, s + 1); }
  pen.stroke();
  if (kind === "dots") { pen.arc(s / 2, s / 2, 1.4, 0, 7); pen.fill(); }
  const pattern = context.createPattern(tile, "repeat");
  hatches.set(key, pattern);
  return pattern;
}

/** Leaflet's canvas, which also hatches areas and draws our point symbols. */
const MapCanvas = L.Canvas.extend({
  _fillStroke(context, layer) {
    const { options } = layer;
    const thin = lineScale(this._map.getZoom());
    if (options.fill) {
      context.globalAlpha = options.fillOpacity;
      context.fillStyle = options.fillColor;
      context.fill("evenodd");
    }
    if (options.hatch) {
      context.globalAlpha = 0.75;
      context.fillStyle = hatchPattern(context, options.hatch, options.color);
      context.fill("evenodd");
    }
    if (options.stroke && options.weight) {
      context.setLineDash((layer.options._dashArray || []).map((d) => d * Math.max(0.7, thin)));
      context.globalAlpha = options.opacity;
      context.lineWidth = options.weight * thin;
      context.strokeStyle = options.color;
      context.lineCap = options.lineCap;
      context.lineJoin = options.lineJoin;
      context.stroke();
    }
  },

  _drawSymbol(layer) {
    if (!this._drawing || layer._empty()) return;
    const { paint, scale } = layer.options;
    const { x, y } = layer._point;
    const pen = this._ctx;
    const r = Math.max(1.5, (paint.size / 2) * scale);
    pen.beginPath();
    outline(pen, paint.shape, x, y, r);
    if (paint.fill) {
      pen.globalAlpha = paint.fill_opacity;
      pen.fillStyle = paint.fill;
      pen.fill();
    } else {
      pen.globalAlpha = 0.55;
      pen.fillStyle = "#ffffff";
      pen.fill();
    }
    pen.globalAlpha = 1;
    if (paint.stroke && paint.width) {
      pen.lineWidth = paint.width;
      pen.strokeStyle = paint.stroke;
      pen.setLineDash([]);
      pen.stroke();
    }
    if (paint.glyph && r >= 6) {
      pen.fillStyle = paint.stroke;
      pen.font = `600 ${Math.round(r * (paint.glyph.length > 1 ? 1.0 : 1.3))}px ${getComputedStyle(document.body).fontFamily}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(paint.glyph, x, y + 0.5);
    }
  },
});

function outline(pen, shape, x, y, r) {
  const corners = { square: [4, Math.PI / 4, 1.2], triangle: [3, -Math.PI / 2, 1.25], diamond: [4, 0, 1.25],
                    pentagon: [5, -Math.PI / 2, 1.1] }[shape];
  if (!corners) { pen.arc(x, y, r, 0, 2 * Math.PI); return; }
  const [n, turn, grow] = corners;
  for (let i = 0; i < n; i++) {
    const angle = turn + (2 * Math.PI * i) / n;
    pen.lineTo(x + r * grow * Math.cos(angle), y + r * grow * Math.sin(angle));
  }
  pen.closePath();
}

/** A point drawn by a paint; it grows with the zoom through `options.scale`. */
const SymbolMarker = L.CircleMarker.extend({
  options: { scale: 1, paint: null },
  _updatePath() { this._renderer._drawSymbol(this); },
  paint(paint, scale) {
    this.options.paint = paint;
    this.options.scale = scale;
    this._radius = this.options.radius = Math.max(3, (paint.size / 2) * scale);
    if (this._map) { this._updateBounds(); this.redraw(); }
  },
});

function lineStyle(paint) {
  return { color: paint.stroke, weight: paint.width, opacity: paint.stroke_opacity, fill: false,
           dashArray: paint.dash.length ? paint.dash.join(" ") : null, lineCap: paint.dash.length ? "butt" : "round" };
}

function areaStyle(paint) {
  return { ...lineStyle(paint), stroke: Boolean(paint.stroke), fill: true, fillColor: paint.fill || "#ffffff",
           fillOpacity: paint.fill ? paint.fill_opacity : 0, fillRule: "evenodd", hatch: paint.hatch || null };
}

/** The leaflet layers of one input layer: an array of lists, bottom first (casings lie beneath). */
function buildLayer(data, theme, renderer, onClick) {
  const rules = unpack(data.rule, data.id.length);
  const beneath = [], shown = [];
  data.features = data.places.map((paths, row) => {
    const paint = theme.rules[rules[row]].paint;
    const drawn = drawFeature(paths.map(unpath), theme, paint, renderer, beneath);
    for (const item of drawn) {
      item.on("click", (event) => { L.DomEvent.stopPropagation(event); onClick(row, event.latlng); });
      shown.push(item);
    }
    return drawn;
  });
  return [...beneath, ...shown];
}

function drawFeature(paths, theme, paint, renderer, beneath) {
  if (!paths.length) return [];
  const points = paths.filter((p) => p.length === 1).map((p) => p[0]);
  const lines = paths.filter((p) => p.length > 1);
  const drawn = points.map((at) => {
    const marker = new SymbolMarker(at, { renderer, bubblingMouseEvents: false });
    marker.paint(paint, 1);
    return marker;
  });
  if (lines.length && theme.geometry === "line") {
    if (paint.casing) {
      beneath.push(L.polyline(lines, { renderer, interactive: false, color: paint.casing, weight: paint.width + 1.8 }));
    }
    drawn.push(L.polyline(lines, { renderer, bubblingMouseEvents: false, ...lineStyle(paint) }));
  } else if (lines.length) {
    const area = L.polygon(lines, { renderer, bubblingMouseEvents: false, ...areaStyle(paint) });
    drawn.push(area);
    if (theme.mark) {
      const marker = new SymbolMarker(area.getBounds().getCenter(), { renderer, bubblingMouseEvents: false });
      marker.paint({ ...paint, fill_opacity: 1, width: 1.6 }, 1);
      drawn.push(marker);
    }
  }
  return drawn;
}

/** Lines are as wide as the theme says from zoom 14 on; a whole township seen from afar needs finer ones. */
function lineScale(zoom) {
  return Math.min(1, Math.max(0.35, 1 - (14 - zoom) * 0.2));
}

/** How much symbols grow: a household is a speck over the township and a button in its yard. */
function symbolScale(zoom) {
  return Math.min(1.7, Math.max(0.55, 0.7 + (zoom - 13) * 0.16));
}

/** A small picture of a paint for the legend. */
function swatch(paint, geometry) {
  const box = document.createElement("canvas");
  const ratio = window.devicePixelRatio || 1;
  box.width = 30 * ratio; box.height = 18 * ratio;
  const pen = box.getContext("2d");
  pen.scale(ratio, ratio);
  if (geometry === "point") {
    const size = Math.min(15, paint.size * 1.15);
    MapCanvas.prototype._drawSymbol.call({ _drawing: true, _ctx: pen },
      { _empty: () => false, _point: { x: 15, y: 9 }, options: { paint: { ...paint, size, width: Math.min(1.6, paint.width), fill_opacity: Math.max(0.85, paint.fill_opacity) }, scale: 1 } });
    return box;
  }
  pen.beginPath();
  if (geometry === "line") {
    const stroke = (colour, width, dash) => {
      pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash);
      pen.beginPath(); pen.moveTo(2, 9); pen.lineTo(28, 9); pen.stroke();
    };
    if (paint.casing) stroke(paint.casing, paint.width + 1.8, []);
    stroke(paint.stroke, paint.width, paint.dash);
    return box;
  }
  pen.rect(3, 3, 24, 12);
  if (paint.fill) { pen.globalAlpha = paint.fill_opacity; pen.fillStyle = paint.fill; pen.fill(); }
  if (paint.hatch) { pen.globalAlpha = 0.75; pen.fillStyle = hatchPattern(pen, paint.hatch, paint.stroke); pen.fill(); }
  pen.globalAlpha = 1;
  if (paint.stroke) { pen.strokeStyle = paint.stroke; pen.lineWidth = Math.min(2, paint.width); pen.setLineDash(paint.dash); pen.stroke(); }
  return box;
}
