"""What the messages of a conversation ask."""

from scorer.formats.conversation import Asked, Message, asked_by
from scorer.model import Document, Turn

FEE = Message("user", " What is the fee? ")


def test_last_user_message_is_the_query_without_its_margins() -> None:
    assert asked_by([Message("user", "Hello"), FEE, Message("assistant", "prefill")]).query == "What is the fee?"


def test_history_is_what_user_and_assistant_said_before_the_query() -> None:
    messages = [Message("system", "x"), Message("user", "a"), Message("assistant", "b"), Message("assistant", " "), FEE]

    assert asked_by(messages).history == (Turn(role="user", content="a"), Turn(role="assistant", content="b"))


def test_message_that_hands_over_tool_results_is_no_question() -> None:
    messages = [FEE, Message("assistant", "", ("search",)), Message("user", "", is_tool_result=True)]

    result = asked_by(messages)

    assert (result.query, result.tool_calls, result.history) == ("What is the fee?", ("search",), ())


def test_tools_called_before_the_query_are_not_its() -> None:
    assert asked_by([Message("assistant", "x", ("old",)), FEE]).tool_calls == ()


def test_conversation_without_a_user_message_asks_nothing() -> None:
    assert asked_by([Message("assistant", "x", ("tool",))]) == Asked("", tool_calls=("tool",))


def test_query_without_text_is_empty_though_an_earlier_one_has_some() -> None:
    assert asked_by([FEE, Message("user", "")]).query == ""


def test_what_else_the_request_says_is_kept() -> None:
    documents = (Document(id="1", content="x"),)

    result = asked_by([FEE], system_prompt="", documents=documents, model="m", conversation_id="c")

    assert result == Asked("What is the fee?", (), None, documents, (), "m", "c")
