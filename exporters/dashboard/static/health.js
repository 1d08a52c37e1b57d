// The state of scoring, queue and store in the bar, read from /v1/metrics/summary.

import { getJson } from "./api.js";
import { el, replace } from "./dom.js";

const INTERVAL_MS = 3000;

export class Health {
  constructor(container) {
    this.container = container;
    this.round = 0;
  }

  // Reads now, then again and again; an earlier round ends.
  start() {
    this.round += 1;
    this.follow(this.round);
  }

  async follow(round) {
    while (round === this.round) {
      const shown = await read();
      if (round !== this.round) return;
      replace(this.container, ...shown);
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  }
}

async function read() {
  try {
    return facts(await getJson("v1/metrics/summary"));
  } catch {
    return [fact("State", "unknown", "bad")];
  }
}

// What nobody knows at the moment is null, and shown as unknown.
function facts(summary) {
  return [
    fact("Answers", summary.total_sessions ?? "unknown"),
    fact("Flagged", flaggedText(summary)),
    fact("Queue", queueText(summary.queue), summary.queue.depth === null || summary.queue.dead_letters > 0 ? "bad" : null),
    fact("Store", summary.connected ? "up" : "away", summary.connected ? "good" : "bad"),
  ];
}

function flaggedText({ flagged_sessions: flagged, flagged_percentage: percentage }) {
  return flagged === null ? "unknown" : `${flagged} (${percentage.toFixed(0)} %)`;
}

function queueText({ depth, oldest_seconds: oldest, dead_letters: dead }) {
  if (depth === null) return "away";
  const waiting = depth > 0 ? `${depth} waiting, ${oldest.toFixed(0)} s` : "empty";
  return dead > 0 ? `${waiting}, ${dead} dead` : waiting;
}

function fact(name, value, state = null) {
  return el("div", { "data-state": state }, el("dt", {}, name), el("dd", {}, value));
}
