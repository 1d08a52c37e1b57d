// Follows /v1/stream: resumes after the last event, connects again with back-off, and says in which state it is.

import { call } from "./api.js";
import { EventParser } from "./sse.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
// The service pings every 10 s unless its operator chose otherwise: this much silence is a dead connection.
const SILENCE_MS = 45000;

export class Feed {
  // onEvent(type, data), onState("connecting" | "live" | "waiting" | "locked")
  constructor({ onEvent, onState }) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.run = 0;
    this.abort = null;
  }

  // Starts from the newest rows; a feed that ran before ends.
  start(flaggedOnly) {
    this.stop();
    this.follow(this.run, flaggedOnly);
  }

  stop() {
    this.run += 1;
    this.abort?.abort();
  }

  async follow(run, flaggedOnly) {
    let lastId = "";
    let wait = FIRST_WAIT_MS;
    while (run === this.run) {
      this.onState("connecting");
      try {
        await this.listen(run, flaggedOnly, lastId, (id) => {
          lastId = id;
          wait = FIRST_WAIT_MS;
        });
      } catch (error) {
        if (run !== this.run) return;
        if (error.status === 401 || error.status === 403) {
          this.onState("locked");
          return;
        }
        // A position that the service cannot read any more: begin with the newest rows.
        if (error.status === 400) lastId = "";
      }
      if (run !== this.run) return;
      this.onState("waiting");
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  // A fault of the page is reported as one, and never taken for a lost connection.
  tell(event) {
    try {
      this.onEvent(event.type, JSON.parse(event.data));
    } catch (error) {
      reportError(error);
    }
  }

  async listen(run, flaggedOnly, lastId, onId) {
    const abort = new AbortController();
    this.abort = abort;
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const headers = lastId === "" ? {} : { "Last-Event-ID": lastId };
      const path = flaggedOnly ? "v1/stream?flagged_only=true" : "v1/stream";
      const response = await call(path, { headers, signal: abort.signal });
      this.onState("live");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || run !== this.run) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
        for (const event of parser.feed(value)) {
          if (event.id !== "") onId(event.id);
          this.tell(event);
        }
      }
    } finally {
      clearTimeout(watchdog);
      abort.abort();
    }
  }
}
