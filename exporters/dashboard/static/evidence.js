// The panel beside the answer: why a claim was judged so, and the deciding passage inside its document.

import { el, replace } from "./dom.js";
import { codePointIndex, cut, words } from "./text.js";

export class EvidencePanel {
  constructor(documents) {
    this.documents = documents;
    this.body = el("div", { class: "evidence-body", "aria-live": "polite" });
    this.node = el(
      "section",
      { class: "evidence", "aria-labelledby": "evidence-title" },
      el("h3", { id: "evidence-title" }, "Evidence"),
      this.body,
    );
    this.showDocuments();
  }

  showDocuments() {
    if (this.documents.length === 0) {
      const text = "The chatbot handed over no documents: there is nothing to check claims against.";
      replace(this.body, el("p", { class: "quiet" }, text));
      return;
    }
    const hint = el("p", { class: "quiet" }, "Choose a claim to see the passage that decides it. The chatbot retrieved:");
    replace(this.body, hint, ...this.documents.map((document) => card(document, [])));
  }

  showClaim(claim) {
    const percent = Math.round(claim.confidence * 100);
    replace(
      this.body,
      el("p", { class: "verdict-line" }, pill(claim.verdict), el("span", {}, `${percent} % certain`)),
      el("blockquote", {}, claim.text),
      el("p", {}, claim.reason),
      ...this.passages(claim),
    );
    this.body.querySelector("mark")?.scrollIntoView({ block: "nearest" });
  }

  passages(claim) {
    if (claim.evidence.length === 0) return [el("p", { class: "quiet" }, "No passage decides this claim.")];
    const byDocument = new Map();
    for (const evidence of claim.evidence) {
      const key = evidence.document_id ?? "";
      byDocument.set(key, [...(byDocument.get(key) ?? []), evidence]);
    }
    return [...byDocument].map(([id, evidence]) => {
      const document = this.documents.find((candidate) => candidate.id === id);
      return document?.content ? card(document, evidence) : loose(id, evidence);
    });
  }
}

export function pill(verdict) {
  return el("span", { class: "pill", "data-verdict": verdict }, words(verdict));
}

function card(document, evidence) {
  const name = document.source ?? document.id;
  const page = document.page === null || document.page === undefined ? null : el("span", {}, `page ${document.page}`);
  return el(
    "article",
    { class: "document" },
    el("h4", {}, el("span", { class: "document-name" }, name), page),
    document.content === null
      ? el("p", { class: "quiet" }, "The chatbot sent no text of it.")
      : passage(document.content, evidence),
  );
}

function passage(content, evidence) {
  const fits = evidence.every((part) => holds(content, part));
  const pieces = cut(content, fits ? evidence : []);
  return el(
    "p",
    { class: "passage" },
    ...pieces.map(({ text, span }) => (span === null ? text : el("mark", {}, text))),
    // A document that was masked or shortened after the check: show what decided rather than a wrong place.
    ...(fits ? [] : evidence.map((part) => el("mark", { class: "apart" }, part.text))),
  );
}

function holds(content, part) {
  const index = codePointIndex(content);
  return content.slice(index(part.start), index(part.end)) === part.text;
}

function loose(id, evidence) {
  return el(
    "article",
    { class: "document" },
    el("h4", {}, el("span", { class: "document-name" }, id === "" ? "A passage" : `Document ${id}`)),
    ...evidence.map((part) => el("p", { class: "passage" }, el("mark", {}, part.text))),
  );
}
