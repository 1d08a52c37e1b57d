// The list: newest first while it is live, as it came when it is a queue; one row a session, bounded.

import { el, replace, withShare } from "./dom.js";
import { level, scoreText, shortMoment } from "./text.js";

const ROW_LIMIT = 200;

export class SessionList {
  constructor(container, empty) {
    this.container = container;
    this.empty = empty;
    this.rows = new Map(); // session_id → {row, node}
    this.currentId = null;
    this.isQueue = false;
  }

  // A queue keeps the order of its rows.
  reset(rows, isQueue = false) {
    this.isQueue = isQueue;
    this.rows.clear();
    for (const row of rows.slice(0, ROW_LIMIT)) this.rows.set(row.session_id, { row, node: this.render(row) });
    replace(this.container, ...this.sorted().map(({ node }) => node));
    this.showEmptiness();
  }

  // Adds a row, or replaces the session's earlier one.
  put(row) {
    this.rows.get(row.session_id)?.node.remove();
    const entry = { row, node: this.render(row) };
    entry.node.classList.add("fresh");
    this.rows.set(row.session_id, entry);
    const order = this.sorted();
    const next = order[order.indexOf(entry) + 1];
    this.container.insertBefore(entry.node, next?.node ?? null);
    for (const old of order.slice(ROW_LIMIT)) {
      old.node.remove();
      this.rows.delete(old.row.session_id);
    }
    this.showEmptiness();
  }

  select(sessionId) {
    this.currentId = sessionId;
    for (const { row, node } of this.rows.values()) mark(node, row.session_id === sessionId);
  }

  sorted() {
    if (this.isQueue) return [...this.rows.values()];
    return [...this.rows.values()].sort(
      ({ row: a }, { row: b }) => compare(b.timestamp, a.timestamp) || compare(b.session_id, a.session_id),
    );
  }

  showEmptiness() {
    this.empty.hidden = this.rows.size > 0;
  }

  render(row) {
    const flags = row.flag_reasons.length;
    const link = el(
      "a",
      { href: `#/session/${encodeURIComponent(row.session_id)}`, class: "row" },
      el("span", { class: "score", "data-level": level(row.overall_score) }, scoreText(row.overall_score)),
      el(
        "span",
        { class: "row-text" },
        el("span", { class: "row-query" }, row.query),
        el(
          "span",
          { class: "row-facts" },
          el("span", {}, row.service_id),
          el("time", { datetime: row.timestamp, title: row.timestamp }, shortMoment(row.timestamp)),
          row.stratum === undefined ? null : el("span", { class: "row-stratum" }, row.stratum.replace(":", ", ")),
          flags > 0 ? el("span", { class: "row-flags" }, flags === 1 ? "1 flag" : `${flags} flags`) : null,
        ),
        bars(row.dimensions),
      ),
    );
    const node = el("li", {}, link);
    mark(node, row.session_id === this.currentId);
    return node;
  }
}

function mark(node, isCurrent) {
  if (isCurrent) node.firstChild.setAttribute("aria-current", "true");
  else node.firstChild.removeAttribute("aria-current");
}

// The nine at a glance; the session view says the same in words.
function bars(dimensions) {
  const bar = (score) => {
    const node = el("i", { "data-level": level(score) });
    return score === null ? node : withShare(node, score);
  };
  return el("span", { class: "bars", "aria-hidden": "true" }, ...Object.values(dimensions).map(bar));
}

function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
