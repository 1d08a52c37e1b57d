"""Ask one question with a vendor's own Python client and print what the client itself understood, as JSON.

    python ask.py CLIENT whole|streamed BASE_URL QUESTION

A process of its own: the clients' warnings and background threads stay out of the tests.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

SYSTEM = "You answer questions about the Right to Information Act."
MODEL = "demo-1"
LIMIT_TOKENS = 200


@dataclass
class Understood:
    """What a client made of the answer; None where its API does not tell."""

    text: str
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


def openai_chat(url: str, question: str, streamed: bool) -> Understood:
    from openai import OpenAI

    asked = {
        "model": MODEL,
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
    }
    with OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        if not streamed:
            whole = client.chat.completions.create(**asked)
            assert whole.usage is not None
            return Understood(
                whole.choices[0].message.content or "",
                whole.model,
                whole.usage.prompt_tokens,
                whole.usage.completion_tokens,
            )
        chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
        usage = next(chunk.usage for chunk in chunks if chunk.usage)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        return Understood(text, chunks[-1].model, usage.prompt_tokens, usage.completion_tokens)


def openai_responses(url: str, question: str, streamed: bool) -> Understood:
    from openai import OpenAI

    with OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        if streamed:
            with client.responses.stream(model=MODEL, instructions=SYSTEM, input=question) as stream:
                answer = stream.until_done().get_final_response()
        else:
            answer = client.responses.create(model=MODEL, instructions=SYSTEM, input=question)
    assert answer.usage is not None
    return Understood(answer.output_text, answer.model, answer.usage.input_tokens, answer.usage.output_tokens)


def anthropic_messages(url: str, question: str, streamed: bool) -> Understood:
    from anthropic import Anthropic

    asked = {
        "model": MODEL,
        "max_tokens": LIMIT_TOKENS,
        "system": SYSTEM,
        "messages": [{"role": "user", "content": question}],
    }
    with Anthropic(base_url=url, api_key="none", max_retries=0) as client:
        if streamed:
            with client.messages.stream(**asked) as stream:
                answer = stream.get_final_message()
        else:
            answer = client.messages.create(**asked)
    text = "".join(block.text for block in answer.content if block.type == "text")
    return Understood(text, answer.model, answer.usage.input_tokens, answer.usage.output_tokens)


def ollama_chat(url: str, question: str, streamed: bool) -> Understood:
    from ollama import Client

    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    answer = Client(host=url).chat(model=MODEL, messages=messages, stream=streamed)
    parts = list(answer) if streamed else [answer]
    text = "".join(part.message.content or "" for part in parts)
    return Understood(text, parts[-1].model, parts[-1].prompt_eval_count, parts[-1].eval_count)


def ollama_generate(url: str, question: str, streamed: bool) -> Understood:
    from ollama import Client

    answer = Client(host=url).generate(model=MODEL, system=SYSTEM, prompt=question, stream=streamed)
    parts = list(answer) if streamed else [answer]
    text = "".join(part.response for part in parts)
    return Understood(text, parts[-1].model, parts[-1].prompt_eval_count, parts[-1].eval_count)


def cohere_v2(url: str, question: str, streamed: bool) -> Understood:
    from cohere import ClientV2

    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    client = ClientV2(api_key="none", base_url=url)
    if not streamed:
        whole = client.chat(model=MODEL, messages=messages)
        tokens = whole.usage.tokens if whole.usage else None
        text = "".join(part.text for part in whole.message.content or [] if part.type == "text")
    else:
        events = list(client.chat_stream(model=MODEL, messages=messages))
        deltas = (event.delta.message.content.text for event in events if event.type == "content-delta")
        text = "".join(piece or "" for piece in deltas)
        end = next(event.delta for event in events if event.type == "message-end")
        tokens = end.usage.tokens if end.usage else None
    counts = (int(tokens.input_tokens), int(tokens.output_tokens)) if tokens else (None, None)
    return Understood(text, None, *counts)


def gemini(url: str, question: str, streamed: bool) -> Understood:
    from google import genai

    client = genai.Client(api_key="none", http_options={"base_url": url, "api_version": "v1beta"})
    asked = {"model": MODEL, "contents": question, "config": {"system_instruction": SYSTEM}}
    models = client.models
    parts = list(models.generate_content_stream(**asked)) if streamed else [models.generate_content(**asked)]
    usage = parts[-1].usage_metadata
    text = "".join(part.text or "" for part in parts)
    counts = (usage.prompt_token_count, usage.candidates_token_count) if usage else (None, None)
    return Understood(text, parts[-1].model_version, *counts)


def langchain_openai(url: str, question: str, streamed: bool) -> Understood:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model=MODEL, base_url=f"{url}/v1", api_key="none", max_retries=0, stream_usage=True)
    asked = [("system", SYSTEM), ("human", question)]
    if streamed:
        first, *rest = model.stream(asked)
        answer = sum(rest, first)
    else:
        answer = model.invoke(asked)
    usage = answer.usage_metadata or {}
    name = answer.response_metadata.get("model_name")
    return Understood(str(answer.content), name, usage.get("input_tokens"), usage.get("output_tokens"))


CLIENTS: dict[str, Callable[[str, str, bool], Understood]] = {
    client.__name__: client
    for client in (
        openai_chat,
        openai_responses,
        anthropic_messages,
        ollama_chat,
        ollama_generate,
        cohere_v2,
        gemini,
        langchain_openai,
    )
}

if __name__ == "__main__":
    name, mode, base_url, asked_question = sys.argv[1:]
    print(json.dumps(asdict(CLIENTS[name](base_url, asked_question, mode == "streamed"))))
