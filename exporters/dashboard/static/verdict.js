// A person's verdict on the open answer: whether its evaluation is right, in one click.

import { postJson } from "./api.js";
import { el, replace } from "./dom.js";

const SAID = { true: "right", false: "wrong" };

// onJudged() is called once the verdict is kept.
export function verdict(evaluation, onJudged) {
  const state = el("p", { class: "quiet", role: "status" }, told(evaluation.feedback));
  const buttons = [true, false].map((approved) =>
    el("button", { type: "button", "data-approved": String(approved), onclick: () => judge(approved) }, SAID[approved]),
  );

  async function judge(approved) {
    for (const button of buttons) button.disabled = true;
    try {
      const path = `v1/feedback/${encodeURIComponent(evaluation.session_id)}`;
      const { feedback } = await postJson(path, { approved });
      replace(state, told(feedback));
      onJudged();
    } catch (error) {
      replace(state, `not kept: ${error.message}`);
    }
    for (const button of buttons) button.disabled = false;
  }

  return el(
    "section",
    { class: "verdict", "aria-label": "Your verdict" },
    el("p", {}, "This evaluation is"),
    ...buttons,
    state,
  );
}

function told(feedback) {
  if (feedback.length === 0) return "nobody has judged it yet";
  const last = SAID[feedback[feedback.length - 1].approved];
  return feedback.length === 1 ? `judged ${last}` : `judged ${feedback.length} times, last ${last}`;
}
