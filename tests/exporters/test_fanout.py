"""A broken exporter costs only itself."""

import structlog

from exporters.fanout import Fanout
from scorer.model import Evaluation
from tests.fakes.evaluations import make_evaluation


class Recorder:
    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[Evaluation] = []
        self.is_broken = False

    def export(self, evaluation: Evaluation) -> None:
        if self.is_broken:
            raise RuntimeError("the text of somebody's answer")
        self.told.append(evaluation)


def test_every_exporter_is_told_once() -> None:
    first, second, evaluation = Recorder("a"), Recorder("b"), make_evaluation()

    Fanout((first, second), lambda _: None).publish(evaluation)

    assert first.told == second.told == [evaluation]


def test_a_broken_exporter_is_counted_logged_once_and_the_next_is_told() -> None:
    broken, healthy, failures = Recorder("a"), Recorder("b"), list[str]()
    fanout = Fanout((broken, healthy), failures.append)
    broken.is_broken = True

    with structlog.testing.capture_logs() as logs:
        for number in range(3):
            fanout.publish(make_evaluation(number))
        broken.is_broken = False
        fanout.publish(make_evaluation(3))

    assert (len(broken.told), len(healthy.told), failures) == (1, 4, ["a", "a", "a"])
    assert [(line["log_level"], line["exporter"]) for line in logs] == [("error", "a"), ("info", "a")]
    assert "somebody" not in str(logs)
