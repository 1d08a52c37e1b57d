// Cuts texts at the API's offsets. They count Unicode code points; JavaScript strings count UTF-16 units.

// Returns a function from a code point offset to an index of the string; offsets outside are clamped.
export function codePointIndex(text) {
  const starts = [];
  let unit = 0;
  for (const character of text) {
    starts.push(unit);
    unit += character.length;
  }
  starts.push(text.length);
  return (offset) => starts[Math.max(0, Math.min(offset, starts.length - 1))];
}

// Cuts a text at spans ({start, end, …}) into [{text, span}] that join to the text again; span is null between them.
// A span that overlaps an earlier one keeps what is left of it.
export function cut(text, spans) {
  const index = codePointIndex(text);
  const ordered = spans
    .map((span) => ({ span, from: index(span.start), to: index(span.end) }))
    .sort((a, b) => a.from - b.from || b.to - a.to);
  const pieces = [];
  let position = 0;
  for (const { span, from, to } of ordered) {
    const start = Math.max(from, position);
    if (to <= start) continue;
    if (start > position) pieces.push({ text: text.slice(position, start), span: null });
    pieces.push({ text: text.slice(start, to), span });
    position = to;
  }
  if (position < text.length) pieces.push({ text: text.slice(position), span: null });
  return pieces;
}

export function scoreText(score) {
  return score === null || score === undefined ? "–" : score.toFixed(score === 100 ? 0 : 1);
}

// Colours only help the eye: the number always stands beside them.
export function level(score) {
  if (score === null || score === undefined) return "none";
  if (score < 40) return "low";
  return score < 70 ? "middle" : "high";
}

export function words(name) {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const TITLES = { bias_fairness: "Bias and fairness" };

export function dimensionTitle(name) {
  return TITLES[name] ?? words(name);
}

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const momentFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function moment(timestamp) {
  return momentFormat.format(new Date(timestamp));
}

// Of today only the time.
export function shortMoment(timestamp) {
  const date = new Date(timestamp);
  return date.toDateString() === new Date().toDateString() ? timeFormat.format(date) : momentFormat.format(date);
}
