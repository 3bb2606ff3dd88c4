// Danger, moving and new homes: what a pop-up tells of a household that must move, a zone, a site.

const DECISIONS = { s: "scattered", w: "whole", v: "moved", m: "stay", "?": "unknown" };

class RelocationCards {
  constructor(relocation, n, { t, texts }) {
    Object.assign(this, { relocation, t, texts });
    this.moving = new Verdicts(relocation.moving, n);
    this.reasons = {};
  }

  /** Whether household `i` must move, and why; nothing where it may stay. */
  household(i) {
    const decision = DECISIONS[this.moving.states[i]];
    if (decision === "stay") return "";
    const danger = decision === "scattered" || decision === "whole";
    return `<p class="${danger ? "danger" : "where"}" data-decision="${decision}"><b>${escapeHtml(this.t(`move.decision.${decision}`))}</b>
      ${escapeHtml(this.moving.sentence(i, this.texts()))}</p>`;
  }

  /** The reason of one feature of a layer; empty where the layer has none. */
  reason(layer, row, count) {
    const part = this.relocation.reasons[layer];
    if (!part) return "";
    this.reasons[layer] ??= new Verdicts(part, count);
    return `<p>${escapeHtml(this.reasons[layer].sentence(row, this.texts()))}</p>`;
  }
}
