// Reads server-sent events (WHATWG HTML, section 9.2.6) out of text that comes in pieces cut anywhere.

export class EventParser {
  constructor() {
    this.rest = "";
    this.data = [];
    this.type = "";
    this.lastId = "";
  }

  // Returns the events that are now whole: {type, data, id}.
  feed(piece) {
    this.rest += piece;
    const events = [];
    for (;;) {
      const end = this.rest.search(/[\r\n]/);
      // A carriage return at the very end may be the first half of a line end.
      if (end < 0 || (this.rest[end] === "\r" && end === this.rest.length - 1)) break;
      const line = this.rest.slice(0, end);
      this.rest = this.rest.slice(this.rest.startsWith("\r\n", end) ? end + 2 : end + 1);
      if (line !== "") this.field(line);
      else if (this.data.length > 0) events.push(this.dispatch());
      else this.type = "";
    }
    return events;
  }

  field(line) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.data.push(value);
    else if (name === "event") this.type = value;
    else if (name === "id" && !value.includes("\0")) this.lastId = value;
  }

  dispatch() {
    const event = { type: this.type || "message", data: this.data.join("\n"), id: this.lastId };
    this.data = [];
    this.type = "";
    return event;
  }
}
