// Connects the parts: the feed, or the review queue, fills the list, the address chooses the session.

import { getJson, setKey } from "./api.js";
import { Feed } from "./feed.js";
import { Health } from "./health.js";
import { SessionList } from "./list.js";
import { showMessage, showSession } from "./session.js";

const find = (id) => document.getElementById(id);
const container = find("session");
const welcome = [...container.childNodes];
const list = new SessionList(find("rows"), find("list-empty"));
const health = new Health(find("health"));
const EMPTY = { true: "Nothing waits for a verdict.", false: find("list-empty").textContent };
const STATES = { connecting: "connecting", live: "live", waiting: "connection lost, trying again", locked: "key needed" };

const REVIEW_LIMIT = 100;

let shownRevision = 0;
let request = 0;

function sessionIdOfAddress() {
  const match = /^#\/session\/(.+)$/.exec(location.hash);
  if (match === null) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1]; // not an address of ours: the API will say that there is no such answer
  }
}

async function openSession(sessionId) {
  request += 1;
  const mine = request;
  try {
    const evaluation = await getJson(`v1/sessions/${encodeURIComponent(sessionId)}`);
    if (mine !== request) return;
    shownRevision = evaluation.revision;
    showSession(container, evaluation, showReview);
    document.title = `${evaluation.query.slice(0, 60)} · Endurance`;
  } catch (error) {
    if (mine !== request) return;
    if (error.status === 401 || error.status === 403) {
      lock();
      return;
    }
    const title = error.status === 404 ? "There is no such answer" : "The answer could not be read";
    showMessage(container, title, error.message);
  }
}

async function followAddress() {
  const sessionId = sessionIdOfAddress();
  list.select(sessionId);
  document.body.classList.toggle("has-session", sessionId !== null);
  if (sessionId === null) {
    request += 1;
    document.title = "Endurance";
    container.replaceChildren(...welcome);
    return;
  }
  await openSession(sessionId);
  container.scrollIntoView({ block: "start" });
}

// Fills the list with what waits for a verdict, while that is asked for.
async function showReview() {
  if (!find("to-judge").checked) return;
  try {
    const { sessions } = await getJson(`v1/review?limit=${REVIEW_LIMIT}`);
    if (find("to-judge").checked) list.reset(sessions, true);
  } catch (error) {
    if (error.status === 401 || error.status === 403) lock();
    // Else the feed's state says that the service does not answer; it is asked again when the feed begins anew.
  }
}

function onEvent(type, data) {
  const isReview = find("to-judge").checked;
  if (type === "init" && isReview) showReview();
  if (type === "init" && !isReview) list.reset(data.sessions);
  if (type !== "session") return; // a ping only moves the position; after a gap comes a new init
  if (!isReview) list.put(data);
  // Late documents and repeated submissions score a session again.
  if (data.session_id === sessionIdOfAddress() && data.revision > shownRevision) openSession(data.session_id);
}

function onState(state) {
  const node = find("connection");
  node.dataset.state = state;
  node.textContent = STATES[state];
  if (state === "locked") lock();
}

function lock() {
  if (!find("key-dialog").open) find("key-dialog").showModal();
}

function fill() {
  find("flagged-only").disabled = find("to-judge").checked;
  find("list-empty").textContent = EMPTY[find("to-judge").checked];
  feed.start(find("flagged-only").checked);
}

function start() {
  fill();
  health.start();
  followAddress();
}

const feed = new Feed({ onEvent, onState });
find("flagged-only").addEventListener("change", fill);
find("to-judge").addEventListener("change", fill);
find("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setKey(find("key").value);
  find("key").value = "";
  find("key-dialog").close();
  start();
});
// The address names the session, so the skip link may not change it.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  container.focus();
});
addEventListener("hashchange", followAddress);
start();
