// Planned works: what a pop-up tells of one, and the profile of a road.

class WorkCards {
  constructor(works, { t, label, texts }) {
    Object.assign(this, { works, t, label, texts });
  }

  /** The card of the work in `row` of its layer. */
  card(theme, layer, row) {
    const { t } = this;
    const of = (name) => unpack(layer.work[name], layer.id.length)[row];
    const served = of("households") ? t("map.work_households", { n: of("households"), people: of("people") ?? 0 }) : null;
    const lines = [
      [t("works.col.spec"), of("spec")],
      [t("map.work_quantity"), of("unit") === "1" ? formatNumber(of("quantity"), ",.0f") : `${formatNumber(of("quantity"), ",.1f")} ${of("unit")}`],
      [t("works.col.households"), served],
      [t("works.col.crucial"), of("crucial") > 0 ? t("map.work_crucial", { n: of("crucial") }) : null],
      [t("works.col.after"), of("after")],
      [t("works.col.year"), this.year(of("year"))],
    ].filter(([, value]) => value);
    return `<article class="card work" data-layer="${theme.layer}" data-work="${escapeHtml(layer.id[row])}">
      <h3>${escapeHtml(this.label(theme))} <small>${escapeHtml(layer.id[row])}</small></h3>
      ${of("flag") ? `<p class="danger">${escapeHtml(t(of("flag")))}</p>` : ""}
      <table>${lines.map(([head, value]) => `<tr><th>${escapeHtml(head)}</th><td>${escapeHtml(value)}</td></tr>`).join("")}
        <tr><th>${t("map.work_price")}</th><td>${escapeHtml(t("map.work_price_range", { low: of("low"), likely: of("likely"), high: of("high") }))}
        ${of("assumed") ? `<span class="assumed">${t("map.work_assumed")}</span>` : ""}</td></tr></table>
      ${this.system(of("system"))}${this.profile(layer.id[row])}</article>`;
  }

  year(year) {
    if (!this.works.programmed) return null;
    return year ? this.t("map.work_year", { year }) : this.t("map.work_not_chosen");
  }

  system(id) {
    const system = this.works.systems[id];
    if (!system) return "";
    const { t } = this;
    const verdict = system.passed === null ? "unverified" : system.passed ? "passed" : "failed";
    const worst = system.worst === null ? "" : t(`map.work_worst_${system.need}_${system.bound}`, system);
    const note = system.note ? this.t(system.note) : "";
    const price = system.each === null ? "" : t("map.work_system_price", system);
    return `<p class="${verdict}"><b>${t("map.work_system")} ${escapeHtml(id)}</b> ${escapeHtml(
      [t(`map.work_${verdict}`, { engine: system.verified }), worst, price, note].filter(Boolean).join(" · "))}</p>`;
  }

  profile(id) {
    const line = this.works.profiles[id];
    if (!line || line.d.length < 2) return "";
    const { d, z } = line, length = d[d.length - 1], low = Math.min(...z), high = Math.max(...z);
    const grade = d.slice(1).reduce((most, at, i) => Math.max(most, Math.abs(z[i + 1] - z[i]) / Math.max(1, at - d[i])), 0);
    const x = (at) => (300 * at) / (length || 1), y = (at) => 80 - (70 * (at - low)) / (high - low || 1);
    const path = d.map((at, i) => `${x(at).toFixed(1)},${y(z[i]).toFixed(1)}`).join(" ");
    return `<svg class="profile" viewBox="0 0 300 90" preserveAspectRatio="none" role="img">
      <polygon points="0,88 ${path} 300,88" fill="#c6007e" fill-opacity="0.14"/>
      <polyline points="${path}" fill="none" stroke="#c6007e" stroke-width="1.6" vector-effect="non-scaling-stroke"/></svg>
      <p class="note">${escapeHtml(this.t("map.work_profile", { length, low, high, grade: 100 * grade }))}</p>`;
  }
}
