"""The bot quotes its documents, says so when it found nothing, and is wrong only where it means to be."""

import pytest

from endurance.demo.answering import NOTHING_FOUND, Bot, WrongAnswer, load_bot, load_wrong_answers
from endurance.demo.conversations import load_conversations
from endurance.demo.documents import load_passages

BOT = load_bot()
WRONG = load_wrong_answers()
ASKED = [sample.question for sample in load_conversations()]


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("What application fee do central public authorities take?", "Rs 10. [Source: rti_act_asking.md, page 2]"),
        ("How soon if life or liberty is concerned?", "within 48 hours"),
        ("Within how many days is a second appeal made?", "within 90 days"),
        ("What must a refusal under section 7(8) tell the applicant?", "the particulars of the appellate authority"),
        ("How high is the penalty for each day of delay?", "Rs 250 for each day"),
        ("How many posts are vacant?", "25 are vacant"),
        ("Who got the contract for the Mirapur pumping station?", "Neelkamal Fabrication Works for Rs 2.94 crore"),
        ("How much do salaries receive?", "Rs 12.40 crore"),
    ],
)
def test_a_question_is_answered_from_the_documents(question: str, fact: str) -> None:
    answer = BOT.answer(question)

    assert fact in answer.response


def test_every_sentence_of_an_honest_answer_stands_in_a_retrieved_passage() -> None:
    wrong = {entry.question for entry in WRONG}
    for question in ASKED:
        answer = BOT.answer(question)
        if question in wrong or answer.response == NOTHING_FOUND:
            continue

        said = answer.response
        for passage in answer.passages:
            for sentence in passage.sentences:
                said = said.replace(f"{sentence} {passage.citation}", "")

        assert said.strip() == "", question


@pytest.mark.parametrize(
    "question",
    ["Which cricket team won the final?", "Write a poem about the sea", "hello", "?!", "How do I get a visa?"],
)
def test_a_question_outside_the_documents_is_declined_without_sources(question: str) -> None:
    answer = BOT.answer(question)

    assert answer.response == NOTHING_FOUND
    assert answer.passages == ()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.fault)
def test_a_wrong_answer_comes_with_the_passage_that_contradicts_it(wrong: WrongAnswer) -> None:
    answer = BOT.answer(wrong.question)

    assert answer.response == wrong.response
    assert any(wrong.truth in passage.content for passage in answer.passages)
    assert wrong.truth not in answer.response


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.fault)
def test_without_its_wrong_answers_the_bot_tells_the_truth(wrong: WrongAnswer) -> None:
    honest = Bot(load_passages(), ())

    said = honest.answer(wrong.question).response

    assert wrong.truth in said or said == NOTHING_FOUND


def test_the_first_run_shows_every_fault_and_a_question_without_an_answer() -> None:
    assert {wrong.question for wrong in WRONG} <= set(ASKED)
    assert any(BOT.answer(question).response == NOTHING_FOUND for question in ASKED)
    assert 8 <= len(ASKED) <= 12


def test_case_and_politeness_do_not_change_the_answer() -> None:
    question = WRONG[0].question

    assert BOT.answer("PLEASE tell me: " + question.upper()) == BOT.answer(question)
