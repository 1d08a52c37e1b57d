// The nine dimensions: score, reason, and the signals underneath.

import { el, withShare } from "./dom.js";
import { dimensionTitle, level, scoreText, words } from "./text.js";

export function dimensionTable(evaluation) {
  const reasons = new Map(evaluation.reasoning.map((entry) => [entry.dimension, entry.reason]));
  const items = Object.entries(evaluation.dimensions).map(([name, score]) =>
    dimension(
      name,
      score,
      reasons.get(name) ?? "",
      evaluation.signals.filter((signal) => signal.dimension === name),
    ),
  );
  return el(
    "section",
    { class: "dimensions", "aria-labelledby": "dimensions-title" },
    el("h3", { id: "dimensions-title" }, "Nine dimensions"),
    el("ul", {}, ...items),
  );
}

function dimension(name, score, reason, signals) {
  const bar = el("span", { class: "meter", "data-level": level(score), "aria-hidden": "true" }, el("i"));
  if (score !== null) withShare(bar, score);
  const value =
    score === null
      ? el("span", { class: "dimension-score quiet" }, "not assessed")
      : el("span", { class: "dimension-score" }, scoreText(score));
  return el(
    "li",
    { "data-dimension": name },
    el("h4", {}, dimensionTitle(name)),
    value,
    bar,
    el("p", {}, reason),
    signals.length === 0 ? null : signalList(signals),
  );
}

function signalList(signals) {
  const assessed = signals.filter((signal) => signal.status === "assessed").length;
  return el(
    "details",
    {},
    el("summary", {}, `${assessed} of ${signals.length} signals assessed`),
    el("dl", {}, ...signals.flatMap((signal) => [el("dt", {}, ...heading(signal)), el("dd", {}, signal.reason)])),
  );
}

function heading(signal) {
  const result = signal.status === "assessed" ? scoreText(signal.score) : words(signal.status).toLowerCase();
  const value = signal.value === null ? null : el("span", {}, quantity(signal.value, signal.unit));
  return [
    el("span", { class: "signal-name", title: signal.source }, signal.name),
    el("span", { class: "signal-result", "data-level": level(signal.score) }, result),
    ...(value === null ? [] : [value]),
    ...(signal.experimental ? [el("span", {}, "experimental")] : []),
  ];
}

function quantity(value, unit) {
  return `${Number(value.toPrecision(3))} ${unit.replaceAll("_", " ")}`;
}
