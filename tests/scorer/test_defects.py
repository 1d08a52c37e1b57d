"""Telling an unexpected exception without its text."""

from scorer.defects import describe_error


def fail(words: str) -> None:
    raise LookupError(words)


def test_an_error_is_named_by_its_class_and_the_place_that_raised_it() -> None:
    try:
        fail("secret words")
    except LookupError as error:
        described = describe_error(error)

    assert described == f"LookupError at test_defects.py:{fail.__code__.co_firstlineno + 1}"


def test_an_error_that_was_never_raised_is_named_by_its_class() -> None:
    assert describe_error(KeyError("secret")) == "KeyError"
