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

function facts(summary) {
  return [
    fact("Answers", summary.total_sessions),
    fact("Flagged", `${summary.flagged_sessions} (${summary.flagged_percentage.toFixed(0)} %)`),
    fact("Queue", queueText(summary.queue), summary.queue.dead > 0 ? "bad" : null),
    fact("Store", summary.connected ? "up" : "away", summary.connected ? "good" : "bad"),
  ];
}

function queueText(queue) {
  const dead = queue.dead > 0 ? `, ${queue.dead} dead` : "";
  return queue.depth > 0 ? `${queue.depth} waiting, ${queue.oldest_seconds.toFixed(0)} s${dead}` : `empty${dead}`;
}

function fact(name, value, state = null) {
  return el("div", { "data-state": state }, el("dt", {}, name), el("dd", {}, value));
}
