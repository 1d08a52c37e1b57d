// Talks to the bot that served this page, by the RTI chat format. Text is only ever set as text.

const talk = document.getElementById("talk");
const form = document.getElementById("ask");
const message = document.getElementById("message");
const button = form.querySelector("button");
let sessionId = null;

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function say(className, text, sources = []) {
  const item = element("li", className);
  item.append(element("p", "", text));
  if (sources.length > 0) {
    const details = element("details");
    details.append(element("summary", "", `${sources.length} passages retrieved`));
    for (const { source, page, content } of sources) {
      details.append(element("h3", "", `${source}, page ${page}`), element("p", "", content));
    }
    item.append(details);
  }
  talk.append(item);
  item.scrollIntoView({ block: "nearest" });
}

async function ask(question) {
  say("question", question);
  button.disabled = true;
  try {
    const response = await fetch("chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: question, session_id: sessionId }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail ?? `the bot answered ${response.status}`);
    sessionId = answer.session_id;
    say("answer", answer.response, answer.sources);
  } catch (error) {
    say("failure", `No answer: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = message.value.trim();
  if (question === "" || button.disabled) return;
  message.value = "";
  ask(question);
});

message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

async function offer() {
  const response = await fetch("questions");
  const { questions } = await response.json();
  for (const { question, fault } of questions) {
    const item = element("li");
    const choice = element("button", "", question);
    choice.type = "button";
    if (fault) choice.append(element("small", "", `wrong on purpose: ${fault}`));
    choice.addEventListener("click", () => {
      if (!button.disabled) ask(question);
    });
    item.append(choice);
    document.getElementById("questions").append(item);
  }
}

offer().catch((error) => say("failure", `No questions to try: ${error.message}`));
