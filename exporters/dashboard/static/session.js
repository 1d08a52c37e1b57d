// One evaluation: the answer with its claims, the evidence beside it, flags and dimensions.

import { el, replace, withShare } from "./dom.js";
import { dimensionTable } from "./dimensions.js";
import { EvidencePanel, pill } from "./evidence.js";
import { cut, level, moment, scoreText, words } from "./text.js";
import { verdict } from "./verdict.js";

const VERDICTS = ["verified", "hallucinated", "unverifiable"];

export function showSession(container, evaluation, onJudged) {
  const panel = new EvidencePanel(evaluation.rag_documents);
  const ledger = new Ledger(evaluation, panel);
  replace(
    container,
    el("a", { class: "back", href: "#/" }, "← All answers"),
    head(evaluation),
    flags(evaluation.flag_reasons),
    verdict(evaluation, onJudged),
    el("div", { class: "reading" }, ledger.node, panel.node),
    dimensionTable(evaluation),
  );
}

export function showMessage(container, title, text) {
  replace(container, el("div", { class: "welcome" }, el("h2", {}, title), el("p", {}, text)));
}

function head(evaluation) {
  const score = evaluation.overall_score;
  const ring = el(
    "div",
    { class: "ring", "data-level": level(score), role: "img", "aria-label": ringLabel(score) },
    el("span", { "aria-hidden": "true" }, scoreText(score)),
  );
  if (score !== null) withShare(ring, score);
  const facts = [
    ["Service", evaluation.service_id],
    ["Answered", moment(evaluation.timestamp)],
    ["Preset", evaluation.preset],
    ["Mode", evaluation.compliance_mode],
    ["Format", evaluation.capture.format],
    ["Model", evaluation.model],
    ["Stream", evaluation.capture.end === "complete" ? null : words(evaluation.capture.end)],
    ["Revision", evaluation.revision > 1 ? evaluation.revision : null],
  ].filter(([, value]) => value !== null);
  return el(
    "header",
    { class: "session-head" },
    ring,
    el(
      "div",
      {},
      el("p", { class: "eyebrow" }, "Asked"),
      el("h2", {}, evaluation.query),
      el("dl", { class: "facts" }, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    ),
  );
}

function ringLabel(score) {
  return score === null ? "Overall score: not assessed" : `Overall score: ${scoreText(score)} of 100`;
}

function flags(reasons) {
  if (reasons.length === 0) return null;
  return el(
    "section",
    { class: "flags", "aria-label": "Flags" },
    el("ul", {}, ...reasons.map((reason) => el("li", {}, reason))),
  );
}

// The answer's text with its claims marked, and their verdicts counted.
class Ledger {
  constructor(evaluation, panel) {
    this.panel = panel;
    this.chosen = null;
    const pieces = cut(evaluation.response, evaluation.claims);
    this.node = el(
      "section",
      { class: "answer", "aria-labelledby": "answer-title" },
      el("h3", { id: "answer-title" }, "Answer"),
      el("p", { class: "response" }, ...pieces.map(({ text, span }) => (span === null ? text : this.claim(text, span)))),
      legend(evaluation.verification),
    );
  }

  claim(text, claim) {
    const node = el(
      "span",
      {
        class: "claim",
        role: "button",
        tabindex: 0,
        "aria-pressed": "false",
        "aria-description": `claim, ${claim.verdict}`,
        "data-verdict": claim.verdict,
      },
      text,
    );
    node.addEventListener("click", () => this.choose(node, claim));
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.choose(node, claim);
    });
    return node;
  }

  // A second choice of the same claim lets go of it.
  choose(node, claim) {
    const isSame = this.chosen === node;
    this.chosen?.setAttribute("aria-pressed", "false");
    this.chosen = isSame ? null : node;
    if (isSame) {
      this.panel.showDocuments();
      return;
    }
    node.setAttribute("aria-pressed", "true");
    this.panel.showClaim(claim);
  }
}

function legend(verification) {
  const counts = VERDICTS.map((verdict) =>
    el("li", {}, el("strong", {}, verification[`${verdict}_claims`]), pill(verdict)),
  );
  const risk = verification.risk === null ? "not checked" : `${Math.round(verification.risk * 100)} %`;
  counts.push(el("li", { class: "quiet" }, `Risk of unsupported content: ${risk}`));
  return el("ul", { class: "legend", "aria-label": "Claims by verdict" }, ...counts);
}
