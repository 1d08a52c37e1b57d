// Ask one question with a vendor's own JavaScript client and print what the client itself understood, as JSON.
//
//     node ask.cjs CLIENT whole|streamed BASE_URL QUESTION        (NODE_PATH names the folder of the packages)
"use strict";

const SYSTEM = "You answer questions about the Right to Information Act.";
const MODEL = "demo-1";
const LIMIT_TOKENS = 200;

async function openaiChat(url, question, streamed) {
  const { OpenAI } = require("openai");
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
  const messages = [
    { role: "system", content: SYSTEM },
    { role: "user", content: question },
  ];
  if (!streamed) {
    const answer = await client.chat.completions.create({ model: MODEL, messages });
    return understood(answer.choices[0].message.content, answer.model, answer.usage.prompt_tokens, answer.usage.completion_tokens);
  }
  const stream = await client.chat.completions.create({
    model: MODEL,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let last;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    last = chunk;
  }
  return understood(text, last.model, last.usage.prompt_tokens, last.usage.completion_tokens);
}

async function openaiResponses(url, question, streamed) {
  const { OpenAI } = require("openai");
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
  const asked = { model: MODEL, instructions: SYSTEM, input: question };
  if (!streamed) {
    const answer = await client.responses.create(asked);
    return understood(answer.output_text, answer.model, answer.usage.input_tokens, answer.usage.output_tokens);
  }
  let text = "";
  let answer;
  for await (const event of await client.responses.create({ ...asked, stream: true })) {
    if (event.type === "response.output_text.delta") text += event.delta;
    if (event.type === "response.completed") answer = event.response;
  }
  return understood(text, answer.model, answer.usage.input_tokens, answer.usage.output_tokens);
}

async function anthropicMessages(url, question, streamed) {
  const { Anthropic } = require("@anthropic-ai/sdk");
  const client = new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0 });
  const asked = {
    model: MODEL,
    max_tokens: LIMIT_TOKENS,
    system: SYSTEM,
    messages: [{ role: "user", content: question }],
  };
  const answer = await (streamed ? client.messages.stream(asked).finalMessage() : client.messages.create(asked));
  const text = answer.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  return understood(text, answer.model, answer.usage.input_tokens, answer.usage.output_tokens);
}

function understood(text, model, inputTokens, outputTokens) {
  return { text, model, input_tokens: inputTokens, output_tokens: outputTokens };
}

const CLIENTS = { openai_chat: openaiChat, openai_responses: openaiResponses, anthropic_messages: anthropicMessages };
const [name, mode, url, question] = process.argv.slice(2);
CLIENTS[name](url, question, mode === "streamed").then((answer) => console.log(JSON.stringify(answer)));
