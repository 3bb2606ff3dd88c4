// Values and sentences: nothing here knows the map or the page.

/** One column of the payload as an array of n values. */
function unpack(column, n) {
  if (column === undefined || column === null) return new Array(n).fill(null);
  if (Array.isArray(column)) return column;
  if ("all" in column) return new Array(n).fill(column.all);
  return column.at.map((i) => (i < 0 ? null : column.of[i]));
}

/** Differences back to degrees. */
function undelta(steps) {
  let at = 0;
  return steps.map((s) => (s === null ? null : (at += s) / 1e6));
}

/** One path of differences [x, y, dx, dy, ...] as [[lat, lon], ...]. */
function unpath(flat) {
  const out = [];
  let x = 0, y = 0;
  for (let i = 0; i < flat.length; i += 2) {
    x += flat[i];
    y += flat[i + 1];
    out.push([y / 1e6, x / 1e6]);
  }
  return out;
}

function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** `digits` decimals, exact halves to the even neighbour, as Python rounds. */
function fixed(value, digits) {
  const scaled = value * 10 ** digits;
  const halfway = Math.abs(scaled % 1) === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  if (!halfway) return value.toFixed(digits);
  const even = 2 * Math.round(scaled / 2);
  return (even / 10 ** digits).toFixed(digits);
}

/** A number under one of the formats the sentences use: "", ",.0f", ".1f", ".0%", "+.1f". */
function formatNumber(value, spec) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number" || !spec) return String(value);
  const [, sign, comma, digits, kind] = /^(\+?)(,?)(?:\.(\d+))?([f%d]?)$/.exec(spec) || [, "", "", "2", "f"];
  const places = kind === "d" ? 0 : Number(digits ?? 6);
  let text = fixed(Math.abs(kind === "%" ? value * 100 : value), places);
  if (comma) text = text.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
  const negative = value < 0 && /[1-9]/.test(text) ? "-" : value < 0 ? "-" : sign;
  return negative + text + (kind === "%" ? "%" : "");
}

/** "{measure:,.0f} m" with the values of one row; of {n:house|houses} the first word if n is 1. */
function fill(template, values) {
  return template.replace(/\{(\w+)(?::([^}]*))?\}/g, (all, name, spec) => {
    if (!(name in values)) return all;
    const [one, many] = (spec || "").split("|");
    if (many !== undefined) return values[name] === 1 ? one : many;
    return formatNumber(values[name], one);
  });
}

/** Verdicts of one need, unpacked: states, numbers and the sentence of any row. */
class Verdicts {
  constructor(part, n) {
    this.states = part.states;
    this.keys = part.said;
    this.reason = part.reason;
    this.basis = part.basis || "";
    for (const name of ["measure", "threshold", "extra", "nearest", "at"]) this[name] = unpack(part[name], n);
    const disagree = part.disagree || { at: [], finding: [] };
    this.findings = new Map(disagree.at.map((row, i) => [row, this.keys[disagree.finding[i]]]));
  }

  values(row) {
    const { measure, threshold, extra, nearest } = this;
    return { measure: measure[row], threshold: threshold[row], extra: extra[row], nearest: nearest[row] };
  }

  sentence(row, texts) {
    return this.say(this.keys[this.reason[row]], row, texts);
  }

  finding(row, texts) {
    return this.findings.has(row) ? this.say(this.findings.get(row), row, texts) : "";
  }

  say(key, row, texts) {
    return fill(texts[key] ?? key, this.values(row));
  }
}
