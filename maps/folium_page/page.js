// The page: what is shown, its legend and panel, pop-ups, search. One state, drawn again when it changes.

const DRAWN_LETTERS = { need: ["m", "?", "u"], exposure: ["m", "?", "b", "i"] };

function startPage(map, data) {
  const { households, layers, themes, meta } = data;
  const n = households.n;
  const state = { view: "gaps", village: "", poorOnly: false, lang: meta.lang, ...fromHash() };
  const t = (key, values = {}) => fill(data.text[state.lang][key] ?? key, values);
  const label = (thing) => thing[state.lang];
  const texts = () => data.text[state.lang];

  // ---------------------------------------------------------------- households by column
  const lon = undelta(households.x), lat = undelta(households.y);
  const group = unpack(households.group, n), village = unpack(households.village, n), name = unpack(households.name, n);
  const fact = Object.fromEntries(Object.entries(households.facts).map(([k, c]) => [k, unpack(c, n)]));
  const needs = themes.needs.filter((need) => data.needs[need]);
  const verdicts = Object.fromEntries(needs.map((need) => [need, new Verdicts(data.needs[need], n)]));
  const exposure = new Verdicts(data.exposure, n);
  const gapCount = new Uint8Array(n), unknownCount = new Uint8Array(n), disagrees = new Uint8Array(n);
  for (const need of needs) {
    const { states, findings } = verdicts[need];
    for (let i = 0; i < n; i++) {
      if (states[i] === "u") gapCount[i]++;
      else if (states[i] === "?") unknownCount[i]++;
    }
    for (const row of findings.keys()) disagrees[row]++;
  }

  // ---------------------------------------------------------------- views: what colours a household
  const gapRules = themes.gaps;
  const states = themes.states, exposures = themes.exposures;
  const disagreeRules = [{ ...states[0], key: "no", message: "map.disagree_no" },
                         { ...states[2], key: "yes", message: "map.disagree_yes" }];
  function viewOf(id) {
    if (id === "gaps") return { rules: gapRules, classOf: (i) => gapRules.findIndex((r) => gapCount[i] <= r.high) };
    if (id === "disagree") return { rules: disagreeRules, classOf: (i) => (disagrees[i] ? 1 : 0) };
    if (id === "exposure") return { rules: exposures, classOf: (i) => DRAWN_LETTERS.exposure.indexOf(exposure.states[i]) };
    return { rules: states, classOf: (i) => DRAWN_LETTERS.need.indexOf(verdicts[id].states[i]) };
  }
  const viewName = (id) => (id in verdicts ? t(`need.${id}`) : t(`map.${id}`));
  const counted = (i) => (!state.village || village[i] === state.village) && (!state.poorOnly || fact.poor?.[i] === true);

  // ---------------------------------------------------------------- the pile of layers
  const renderer = new MapCanvas({ padding: 0.3, tolerance: 4 });
  const drawn = new Map();
  const shown = new Set([...themes.layers, ...themes.works, ...themes.relocation].filter((l) => l.on).map((l) => l.layer));
  const workThemes = themes.works.filter((l) => layers[l.layer]);
  const relocationThemes = themes.relocation.filter((l) => layers[l.layer]);
  const inRelocation = new Set(relocationThemes.map((l) => l.layer));
  const piled = [...themes.layers, ...workThemes, ...relocationThemes]
    .sort((a, b) => (a.layer === "households") - (b.layer === "households") || a.order - b.order);
  const theme = Object.fromEntries(piled.map((l) => [l.layer, l]));
  const order = piled.map((l) => l.layer).filter((id) => id === "households" || layers[id]);
  const markers = new Array(n);
  for (let i = 0; i < n; i++) {
    if (lat[i] === null) continue;
    markers[i] = new SymbolMarker([lat[i], lon[i]], { renderer, bubblingMouseEvents: false });
    markers[i].on("click", () => openHousehold(i));
  }
  const visible = (id) => shown.has(id) && map.getZoom() >= theme[id].min_zoom;
  let stacked = "";

  const placeScale = () => Math.min(1.25, Math.max(0.45, 0.9 + (map.getZoom() - 14) * 0.15));

  function leafletLayers(id) {
    if (!drawn.has(id)) {
      drawn.set(id, buildLayer(layers[id], theme[id], renderer, (row, at) => openFeature(id, row, at)));
      scalePlaces(id);
    }
    return drawn.get(id);
  }

  function scalePlaces(id) {
    for (const item of drawn.get(id)) if (item.options.paint) item.paint(item.options.paint, placeScale() * (theme[id].mark ? 1.25 : 1));
  }

  /** Put every visible layer on the map again, from the bottom up: a canvas draws in order of arrival. */
  function restack() {
    for (const items of drawn.values()) items.forEach((item) => item.remove());
    for (const id of order) {
      if (id !== "households" && visible(id)) leafletLayers(id).forEach((item) => item.addTo(map));
    }
    stacked = order.filter(visible).join();
    paintHouseholds();
    placeLabels();
  }

  function paintHouseholds() {
    const { rules, classOf } = viewOf(state.view);
    const scale = symbolScale(map.getZoom());
    const piles = rules.map(() => []);
    for (let i = 0; i < n; i++) {
      if (!markers[i]) continue;
      markers[i].remove();
      if (!counted(i) || !shown.has("households")) continue;
      const at = classOf(i);
      markers[i].paint(rules[at].paint, scale);
      piles[at].push(markers[i]);
    }
    for (const pile of piles) for (const marker of pile) marker.addTo(map);
  }

  function zoomed() {
    const { rules, classOf } = viewOf(state.view);
    const scale = symbolScale(map.getZoom());
    for (let i = 0; i < n; i++) if (markers[i]?._map) markers[i].paint(rules[classOf(i)].paint, scale);
    for (const id of drawn.keys()) scalePlaces(id);
    if (order.filter(visible).join() !== stacked) restack();
  }

  // ---------------------------------------------------------------- labels, placed where they do not collide
  const labels = L.layerGroup().addTo(map);
  const LABEL_RANK = ["villages", "found_sites", "sites", "facilities", "groups", "hazards", "parks", "pools", "transformers", "rivers", "roads"];

  function placeLabels() {
    labels.clearLayers();
    const zoom = map.getZoom(), view = map.getBounds().pad(0.05), taken = [];
    for (const id of LABEL_RANK) {
      if (!layers[id] || !visible(id) || zoom < theme[id].label_zoom) continue;
      const names = unpack(layers[id].name, layers[id].id.length);
      anchors(id).forEach((at, row) => {
        if (!at || !names[row] || !view.contains(at)) return;
        const point = map.latLngToContainerPoint(at);
        const width = [...names[row]].reduce((w, c) => w + (c > "\u2e80" ? 13 : 7), 6);
        const down = theme[id].geometry === "point" || theme[id].mark || id === "hazards" ? 16 : 0;
        const box = [point.x - width / 2, point.y - 9 + down, point.x + width / 2, point.y + 9 + down];
        if (taken.some((b) => b[0] < box[2] && box[0] < b[2] && b[1] < box[3] && box[1] < b[3])) return;
        taken.push(box);
        const icon = L.divIcon({ className: `label label-${id}`, iconSize: [width, 18], iconAnchor: [width / 2, 9 - down],
                                 html: escapeHtml(names[row]) });
        L.marker(at, { icon, interactive: false, keyboard: false, pane: "labels" }).addTo(labels);
      });
    }
  }

  function anchors(id) {
    leafletLayers(id);
    const layer = layers[id];
    layer.anchors ??= layer.features.map((items) => {
      const item = items[items.length - 1];
      if (!item) return null;
      if (item.getLatLng) return item.getLatLng();  // a point, or the symbol in the middle of an area
      const rings = item.getLatLngs();
      const ring = rings.reduce((a, b) => (b.length > a.length ? b : a), rings[0]);
      return theme[id].geometry === "line" ? ring[Math.floor(ring.length / 2)] : item.getBounds().getCenter();
    });
    return layer.anchors;
  }

  // ---------------------------------------------------------------- names and facts
  const rowsOf = {};
  function rowOf(id, key) {
    rowsOf[id] ??= new Map((layers[id]?.id ?? []).map((k, row) => [k, row]));
    return rowsOf[id].get(key);
  }
  function nameOf(id, key) {
    const row = rowOf(id, key);
    const known = row === undefined ? null : unpack(layers[id].name, layers[id].id.length)[row];
    return known ?? key ?? "";
  }
  function factText(field, value) {
    if (value === true) return t("map.yes");
    if (value === false) return t("map.no");
    if (field.to) return nameOf(field.to, value);
    const choice = field.choices[value];
    if (choice) return choice[state.lang === "zh" ? 0 : 1];
    return field.unit ? `${value} ${field.unit}` : String(value);
  }
  const factRow = (field, value) =>
    `<tr><th>${escapeHtml(label(field))}</th><td>${escapeHtml(factText(field, value))}</td></tr>`;

  // ---------------------------------------------------------------- pop-ups
  const mark = L.layerGroup().addTo(map);

  function openHousehold(i) {
    if (markers[i]) markNearest(i);
    popup(markers[i]?.getLatLng() ?? map.getCenter(), () => householdCard(i));
  }

  function markNearest(i) {
    mark.clearLayers();
    const at = markers[i].getLatLng();
    L.circleMarker(at, { pane: "marks", radius: 11, color: "#000", weight: 2.5, fill: false, interactive: false }).addTo(mark);
    const shownVerdict = verdicts[state.view] ?? (state.view === "exposure" ? exposure : null);
    const layer = shownVerdict?.at[i], row = layer ? rowOf(layer, shownVerdict.nearest[i]) : undefined;
    if (row === undefined || !layers[layer]) return;
    const place = anchors(layer)[row];
    if (theme[layer].geometry === "line") {
      L.polyline(layers[layer].places[row].map(unpath), { pane: "marks", color: "#000", weight: 4, opacity: 0.6, interactive: false }).addTo(mark);
    } else if (place) {
      L.polyline([at, place], { pane: "marks", color: "#000", weight: 2, dashArray: "5 5", interactive: false }).addTo(mark);
    }
  }

  let openCard = null, openPopup = null;
  function popup(at, card) {
    openCard = card;
    openPopup = L.popup({ maxWidth: 380, minWidth: 260, maxHeight: Math.max(220, 0.62 * map.getSize().y), autoPanPadding: [12, 12] })
      .setLatLng(at).setContent(card());
    openPopup.openOn(map);
  }
  map.on("popupclose", (event) => {
    if (event.popup !== openPopup) return;  // the one before makes room
    mark.clearLayers();
    openCard = openPopup = null;
  });

  function householdCard(i) {
    const where = [nameOf("villages", village[i]), nameOf("groups", group[i])].filter(Boolean).join(" · ");
    const facts = Object.entries(households.fields)
      .filter(([key]) => fact[key][i] !== null)
      .map(([key, field]) => factRow(field, fact[key][i])).join("");
    const rank = (need) => (need === state.view ? -1 : { u: 0, "?": 1, m: 2 }[verdicts[need].states[i]]);
    const sorted = [...needs].sort((a, b) => rank(a) - rank(b));
    const open = sorted.filter((need) => need === state.view || verdicts[need].states[i] !== "m" || verdicts[need].findings.has(i));
    const met = sorted.filter((need) => !open.includes(need));
    return `<article class="card household" data-id="${escapeHtml(households.id[i])}">
      <h3>${escapeHtml(name[i] || households.id[i])} <small>${escapeHtml(households.id[i])}</small></h3>
      <p class="where">${escapeHtml(where)}</p>
      <p class="counts"><b class="u">${t("map.gap_count", { n: gapCount[i] })}</b> <span>${t("map.unknown_count", { n: unknownCount[i] })}</span></p>
      ${exposureLine(i)}${relocation.household(i)}
      <ul class="needs">${open.map((need) => needLine(need, i)).join("")}</ul>
      <details><summary>${t("map.met_needs", { n: met.length })}</summary>
        <ul class="needs">${met.map((need) => needLine(need, i)).join("")}</ul></details>
      <details><summary>${t("map.households_facts")}</summary><table>${facts}</table></details></article>`;
  }

  function exposureLine(i) {
    const letter = exposure.states[i];
    if (letter !== "i" && letter !== "b") return "";
    return `<p class="danger">${escapeHtml(exposure.sentence(i, texts()))}</p>`;
  }

  const STATE_NAMES = { m: "met", u: "unmet", "?": "unknown" };
  function needLine(need, i) {
    const verdict = verdicts[need], letter = verdict.states[i];
    const basis = { s: "survey", c: "computed", n: "none" }[verdict.basis[i]];
    const finding = verdict.finding(i, texts());
    const at = verdict.at[i], nearest = at && verdict.nearest[i] !== null ? nameOf(at, verdict.nearest[i]) : "";
    return `<li class="${STATE_NAMES[letter]}${need === state.view ? " chosen" : ""}" data-need="${need}">
      <b>${escapeHtml(t(`need.${need}`))}</b> <i class="state">${t(`state.${STATE_NAMES[letter]}`)}</i>
      ${basis && basis !== "none" ? `<i class="basis">${t(`basis.${basis}`)}</i>` : ""}
      <p class="why">${escapeHtml(verdict.sentence(i, texts()))}</p>
      ${finding ? `<p class="finding">${escapeHtml(t("map.map_says", { text: finding }))}</p>` : ""}
      ${nearest ? `<p class="nearest">${escapeHtml(t("map.nearest", { name: nearest }))}</p>` : ""}</li>`;
  }

  function openFeature(id, row, at) {
    mark.clearLayers();
    popup(at, () => featureCard(id, row));
  }

  function featureCard(id, row) {
    if (theme[id].kind) return works.card(theme[id], layers[id], row);
    const layer = layers[id], count = layer.id.length;
    const title = unpack(layer.name, count)[row] ?? layer.id[row];
    const rule = theme[id].rules[unpack(layer.rule, count)[row]];
    const facts = Object.entries(layer.fields)
      .filter(([key]) => id !== "villages" || !data.villages.indicators.includes(key))  // told above, in colour
      .map(([key, field]) => [field, unpack(layer.facts[key], count)[row]])
      .filter(([, value]) => value !== null)
      .map(([field, value]) => factRow(field, value)).join("");
    const more = { villages: villageTable, groups: groupTable, sites: siteRules }[id];
    return `<article class="card" data-layer="${id}"><h3>${escapeHtml(title)} <small>${escapeHtml(label(theme[id]))}</small></h3>
      ${theme[id].rules.length > 1 ? `<p class="where">${escapeHtml(label(rule))}</p>` : ""}
      ${more ? more(layer.id[row], row) : ""}${ifItFails(layer, row)}${relocation.reason(id, row, count)}<table>${facts}</table></article>`;
  }

  function ifItFails(layer, row) {  // how many households lose service
    const at = layer.crucial?.of.indexOf(row) ?? -1;
    if (at < 0) return "";
    layer.failures ??= new Verdicts(layer.crucial, layer.crucial.of.length);
    return `<p class="why crucial"><b>${t("crucial.title")}</b> ${escapeHtml(layer.failures.sentence(at, texts()))}</p>`;
  }

  const villageTable = (key) => indicators(key) + countTable((i) => village[i] === key);
  const groupTable = (key) => groupRoad(key) + countTable((i) => group[i] === key);

  function groupRoad(key) {
    const at = data.groups.id?.indexOf(key) ?? -1;
    if (at < 0) return "";
    groupVerdicts ??= new Verdicts(data.groups, data.groups.id.length);
    const letter = groupVerdicts.states[at];
    return `<ul class="needs"><li class="${STATE_NAMES[letter]}"><b>${t("need.road")}</b>
      <i class="state">${t(`state.${STATE_NAMES[letter]}`)}</i>
      <p class="why">${escapeHtml(groupVerdicts.sentence(at, texts()))}</p></li></ul>`;
  }
  let groupVerdicts = null;

  function indicators(key) {
    const mine = data.villages?.states?.[key];
    if (!mine) return "";
    const items = [...mine].map((letter, k) => letter === "-" ? "" :
      `<li class="${STATE_NAMES[letter]}">${escapeHtml(t(`indicator.${data.villages.indicators[k]}`))}</li>`).join("");
    return `<ul class="indicators">${items}</ul>`;
  }

  function countTable(mine) {
    const rows = [];
    for (let i = 0; i < n; i++) if (mine(i) && counted(i)) rows.push(i);
    const lines = needs.map((need) => {
      const count = { m: 0, u: 0, "?": 0 };
      for (const i of rows) count[verdicts[need].states[i]]++;
      return `<tr class="${need === state.view ? "chosen" : ""}"><th>${t(`need.${need}`)}</th><td class="u">${count.u}</td><td>${count["?"]}</td></tr>`;
    }).join("");
    return `<table class="counts"><thead><tr><th>${t("map.households", { n: rows.length })}</th><td>${t("state.unmet")}</td><td>${t("state.unknown")}</td></tr></thead>${lines}</table>`;
  }

  const works = new WorkCards(data.works, { t, label, texts });
  const relocation = new RelocationCards(data.relocation, n, { t, texts });

  const RULE_STATES = { m: "met", u: "fail", w: "warning", "?": "unknown" };
  function siteRules(key) {
    const site = data.sites[key];
    if (!site) return "";
    site.verdicts ??= new Verdicts(site.rules, site.rules.n);
    const line = (row) => `<li class="${RULE_STATES[site.rules.states[row]]}"><p>${escapeHtml(site.verdicts.sentence(row, texts()))}</p></li>`;
    const rows = [...site.rules.states].map((_, row) => row);
    const passed = rows.filter((row) => site.rules.states[row] === "m");
    const facts = t("map.site_facts", { area: site.area_m2, usable: site.usable_m2, slope: site.slope_pct, capacity: site.capacity });
    return `<p>${escapeHtml(facts)}</p><ul class="needs">${rows.filter((row) => !passed.includes(row)).map(line).join("")}</ul>
      <details><summary>${t("map.rules_passed", { n: passed.length })}</summary><ul class="needs">${passed.map(line).join("")}</ul></details>`;
  }

  // ---------------------------------------------------------------- the panel
  const panel = document.getElementById("panel");

  function share(part, whole) {
    return whole ? `${fixed((100 * part) / whole, 1)}%` : "–";
  }

  function drawPanel() {
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    const area = meta.area || t("map.untitled");
    document.title = t("map.title", { area });
    document.getElementById("title").innerHTML = `<h1>${escapeHtml(t("map.title", { area }))}</h1><p>${escapeHtml([
      meta.date ? t("map.data_date", { date: meta.date }) : t("map.no_date"), t("map.made_at", { date: meta.made }),
      t("map.standard", { name: meta.standard[state.lang] }), meta.names ? "" : t("map.masked"), meta.planar ? t("map.planar") : "",
    ].filter(Boolean).join(" · "))}</p>`;
    const scroll = panel.scrollTop;
    panel.innerHTML = `
      <div class="filters"><select id="village" aria-label="${t("map.all_villages")}"><option value="">${t("map.all_villages")}</option>
        ${villageOptions()}</select>
        <label><input type="checkbox" id="poor" ${state.poorOnly ? "checked" : ""}> ${t("map.poor_only")}</label></div>
      <section><h2>${t("map.show")}</h2><div id="views" role="radiogroup">${viewButtons()}</div>
        <p class="note">${t("map.computed_note")}</p></section>
      ${workThemes.length ? `<section><h2>${t("map.works")}</h2><div id="works"></div></section>` : ""}
      ${relocationThemes.length ? `<section><h2>${t("relocation.title")}</h2><div id="relocation"></div></section>` : ""}
      <section><h2>${t("map.layers")}</h2><div id="layers"></div></section>`;
    document.getElementById("key").innerHTML = `<h2>${escapeHtml(viewName(state.view))}</h2><ul id="legend"></ul>`;
    drawLegend();
    drawLayerSwitches();
    panel.scrollTop = scroll;
    document.getElementById("search").placeholder = t("map.search");
    document.getElementById("language").textContent = t("map.other_language");
    document.getElementById("print").textContent = t("map.print");
    document.getElementById("fold").title = t("map.panel");
    document.getElementById("north").firstElementChild.textContent = t("map.north");
    if (openPopup) openPopup.setContent(openCard());
  }

  function villageOptions() {
    const known = layers.villages ? layers.villages.id : [...new Set(village.filter(Boolean))];
    return [...known].map((id) => [nameOf("villages", id), id]).sort((a, b) => a[0].localeCompare(b[0], "zh"))
      .map(([text, id]) => `<option value="${escapeHtml(id)}"${id === state.village ? " selected" : ""}>${escapeHtml(text)}</option>`).join("");
  }

  function tally(id) {
    const { rules, classOf } = viewOf(id);
    const counts = rules.map(() => 0);
    let all = 0;
    for (let i = 0; i < n; i++) if (counted(i)) { counts[classOf(i)]++; all++; }
    return { rules, counts, all };
  }

  function viewButtons() {
    const button = (id) => {
      const { counts, all } = tally(id);
      const bad = { gaps: all - counts[0], disagree: counts[1], exposure: counts[2] + counts[3] }[id] ?? counts[2];
      const unsure = id in verdicts || id === "exposure" ? counts[1] : 0;
      return `<button role="radio" aria-checked="${id === state.view}" data-view="${id}"><span>${escapeHtml(viewName(id))}</span>
        <span class="bar" aria-hidden="true"><i class="u" style="width:${(100 * bad) / (all || 1)}%"></i><i class="q" style="width:${(100 * unsure) / (all || 1)}%"></i></span>
        <b>${bad}</b></button>`;
    };
    return `${["gaps", "exposure", "disagree"].map(button).join("")}<h3>${t("map.needs")}</h3>${needs.map(button).join("")}`;
  }

  function drawLegend() {
    const { rules, counts, all } = tally(state.view);
    const list = document.getElementById("legend");
    for (let k = rules.length - 1; k >= 0; k--) {
      const item = document.createElement("li");
      item.append(swatch(rules[k].paint, "point"));
      item.insertAdjacentHTML("beforeend", `<span>${escapeHtml(rules[k].message ? t(rules[k].message) : label(rules[k]))}</span>
        <b data-class="${rules[k].key}">${counts[k]}</b><small>${share(counts[k], all)}</small>`);
      list.append(item);
    }
    let unplaced = 0;
    for (let i = 0; i < n; i++) if (counted(i) && !markers[i]) unplaced++;
    if (unplaced) list.insertAdjacentHTML("beforeend", `<li class="note">${t("map.unplaced", { n: unplaced })}</li>`);
    if (!n) list.insertAdjacentHTML("beforeend", `<li>${t("map.no_households")}</li>`);
  }

  function drawLayerSwitches() {
    const box = document.getElementById("layers");
    if (relief) box.append(layerSwitch("relief", t("map.relief"), map.hasLayer(relief)));
    for (const id of [...order].reverse()) {
      if (theme[id].kind) { workSwitch(id); continue; }
      const room = inRelocation.has(id) ? document.getElementById("relocation") : box;
      room.append(layerSwitch(id, label(theme[id]), shown.has(id)));
      if (id === "households" || !shown.has(id)) continue;
      const used = new Set(unpack(layers[id].rule, layers[id].id.length));
      const list = document.createElement("ul");
      theme[id].rules.forEach((rule, k) => {
        if (!used.has(k)) return;
        const item = document.createElement("li");
        const point = theme[id].geometry === "point" || theme[id].mark || (layers[id].places.every((p) => p.every((path) => path.length === 2)));
        item.append(swatch(rule.paint, point ? "point" : theme[id].geometry));
        item.append(label(rule));
        list.append(item);
      });
      room.append(list);
    }
  }

  /** A kind of planned work: switch, symbol and how many there are. */
  function workSwitch(id) {
    const line = layerSwitch(id, "", shown.has(id));
    line.append(swatch(theme[id].rules[0].paint, theme[id].geometry), ` ${label(theme[id])} `);
    line.insertAdjacentHTML("beforeend", `<small>${layers[id].id.length}</small>`);
    document.getElementById("works").append(line);
  }

  function layerSwitch(id, text, on) {
    const line = document.createElement("label");
    line.innerHTML = `<input type="checkbox" data-layer="${id}" ${on ? "checked" : ""}> ${escapeHtml(text)}`;
    return line;
  }

  panel.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-view]");
    if (button) show({ view: button.dataset.view });
  });
  panel.addEventListener("change", (event) => {
    const { id, dataset, checked, value } = event.target;
    if (id === "poor") show({ poorOnly: checked });
    else if (id === "village") { show({ village: value }); goToVillage(value); }
    else if (dataset.layer === "relief") { checked ? relief.addTo(map) : relief.remove(); }
    else if (dataset.layer) { checked ? shown.add(dataset.layer) : shown.delete(dataset.layer); restack(); drawPanel(); }
  });

  function goToVillage(id) {
    if (!id) { map.fitBounds(meta.bounds); return; }
    const row = rowOf("villages", id);
    if (row !== undefined) map.fitBounds(L.latLngBounds(layers.villages.places[row].flatMap(unpath)));
  }

  /** Change what is shown; everything that depends on it is drawn again. */
  function show(change) {
    Object.assign(state, change);
    paintHouseholds();
    drawPanel();
    const wanted = new URLSearchParams({ show: state.view, lang: state.lang });
    try { history.replaceState(null, "", `#${wanted}`); } catch { /* a page opened from a file may not have a history */ }
  }

  function fromHash() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const view = wanted.get("show"), lang = wanted.get("lang");
    return { ...(view in data.needs || ["gaps", "exposure", "disagree"].includes(view) ? { view } : {}),
             ...(lang in data.text ? { lang } : {}) };
  }

  // ---------------------------------------------------------------- search
  const box = document.getElementById("search"), hits = document.getElementById("hits");
  const SEARCHED = ["villages", "groups", "sites", "facilities", "pools", "transformers", "hazards", "springs", "found_sites",
                    ...workThemes.map((l) => l.layer)];
  let index = null;

  function searchIndex() {
    if (index) return index;
    index = [];
    for (const id of SEARCHED) {
      if (!layers[id]) continue;
      const names = unpack(layers[id].name, layers[id].id.length);
      layers[id].id.forEach((key, row) => index.push({ text: `${names[row] ?? ""} ${key}`, id, row }));
    }
    households.id.forEach((key, i) => index.push({ text: `${key} ${name[i] ?? ""}`, id: "households", row: i }));
    index.forEach((entry) => { entry.low = entry.text.toLowerCase(); });
    return index;
  }

  function find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const found = searchIndex().filter((entry) => entry.low.includes(wanted));
    const rank = (entry) => (entry.low.split(" ").includes(wanted) ? 0 : entry.low.startsWith(wanted) ? 1 : 2);
    return found.map((entry) => [rank(entry), entry]).sort((a, b) => a[0] - b[0]).slice(0, 12).map(([, entry]) => entry);
  }

  function listHits() {
    const found = find(box.value);
    hits.innerHTML = found.map((entry, k) => `<li><button data-hit="${k}"><span>${escapeHtml(hitText(entry))}</span>
      <small>${escapeHtml(hitPlace(entry))}</small></button></li>`).join("")
      || (box.value.trim() ? `<li class="none">${escapeHtml(t("map.nothing_found", { text: box.value.trim() }))}</li>` : "");
    hits.hidden = !box.value.trim();
    return found;
  }
  const hitText = ({ id, row }) => (id === "households" ? `${households.id[row]} ${name[row] ?? ""}`
    : nameOf(id, layers[id].id[row]));
  function hitPlace({ id, row }) {
    if (id === "households") return [nameOf("villages", village[row]), nameOf("groups", group[row])].join(" ");
    const inVillage = id === "groups" ? unpack(layers.groups.facts.village, layers.groups.id.length)[row] : null;
    return [label(theme[id]), inVillage ? nameOf("villages", inVillage) : ""].join(" ");
  }

  function goTo({ id, row }) {
    hits.hidden = true;
    if (id === "households") {
      if (!counted(row)) show({ village: "", poorOnly: false });
      if (markers[row]) map.setView(markers[row].getLatLng(), Math.max(16, map.getZoom()), { animate: false });
      openHousehold(row);
      return;
    }
    if (!shown.has(id)) { shown.add(id); restack(); drawPanel(); }
    const at = anchors(id)[row];
    if (!at) return;
    if (theme[id].geometry === "polygon" && id !== "hazards") map.fitBounds(L.latLngBounds(layers[id].places[row].flatMap(unpath)), { animate: false, maxZoom: 16 });
    else map.setView(at, Math.max(15, map.getZoom()), { animate: false });
    openFeature(id, row, at);
  }

  box.addEventListener("input", listHits);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { const [first] = listHits(); if (first) goTo(first); }
    if (event.key === "Escape") hits.hidden = true;
  });
  hits.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-hit]");
    if (button) goTo(find(box.value)[Number(button.dataset.hit)]);
  });

  // ---------------------------------------------------------------- start
  for (const [pane, height] of [["labels", 620], ["marks", 630]]) {
    map.createPane(pane).style.zIndex = height;
    map.getPane(pane).style.pointerEvents = "none";
  }
  let relief = null;
  map.eachLayer((layer) => { if (layer instanceof L.ImageOverlay) relief = layer; });
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  map.attributionControl.setPrefix(false);
  document.getElementById("language").addEventListener("click", () => {
    show({ lang: state.lang === "zh" ? "en" : "zh" });
  });
  document.getElementById("print").addEventListener("click", () => window.print());
  document.getElementById("fold").addEventListener("click", () => {
    document.body.classList.toggle("folded");
    map.invalidateSize();
  });
  map.fitBounds(meta.bounds, { animate: false });
  map.on("zoomend", zoomed);
  map.on("moveend", placeLabels);
  restack();
  drawPanel();
  window.xiangtu = { map, state, show, find, goTo, openHousehold, markers, ready: true,
    formatNumber, sentence: (need, row, lang) => verdicts[need].sentence(row, data.text[lang]) };
}
