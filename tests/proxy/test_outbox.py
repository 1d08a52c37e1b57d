"""What the engine has not acknowledged."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.counters import Counters
from proxy.outbox import WINDOW_BYTES, Outbox
from scorer.frames import FrameReader, decode_batch


def frames_of(outbox: Outbox) -> list[tuple[int, list[bytes]]]:
    reader, found = FrameReader(), []
    while (frame := outbox.next_frame()) is not None:
        found += [(sequence, decode_batch(payload)) for _, sequence, payload in reader.feed(frame)]
    return found


def test_batches_are_sent_in_order_and_again_after_a_loss() -> None:
    outbox = Outbox(1000, Counters())
    for data in (b"a", b"b"):
        outbox.put(data)
        outbox.seal()

    first = frames_of(outbox)
    outbox.acknowledge(1)
    outbox.put(b"c")
    outbox.seal()
    outbox.send_again()

    assert first == [(1, [b"a"]), (2, [b"b"])]
    assert frames_of(outbox) == [(2, [b"b"]), (3, [b"c"])]


def test_acknowledged_twice_changes_nothing() -> None:
    counters = Counters()
    outbox = Outbox(1000, counters)
    outbox.put(b"a")
    outbox.seal()
    frames_of(outbox)

    outbox.acknowledge(1)
    outbox.acknowledge(1)

    assert counters.held_bytes == 0
    assert outbox.is_empty


def test_no_more_is_on_its_way_than_the_window() -> None:
    outbox = Outbox(1 << 40, Counters())
    for _ in range(4):
        outbox.put(bytes(WINDOW_BYTES // 2))
        outbox.seal()

    first = frames_of(outbox)
    outbox.acknowledge(1)
    second = frames_of(outbox)

    assert [sequence for sequence, _ in first + second] == [1, 2, 3]
    assert outbox.is_due


def test_window_is_free_again_after_a_loss() -> None:
    outbox = Outbox(1 << 40, Counters())
    outbox.put(bytes(WINDOW_BYTES))
    outbox.seal()
    frames_of(outbox)

    outbox.send_again()

    assert [sequence for sequence, _ in frames_of(outbox)] == [1]


def test_sealing_nothing_makes_no_batch() -> None:
    outbox = Outbox(1000, Counters())

    outbox.seal()

    assert outbox.next_frame() is None


def test_copy_larger_than_a_frame_is_dropped() -> None:
    counters = Counters()

    assert not Outbox(1 << 40, counters).put(bytes(64 * 1024 * 1024))
    assert counters.capture_dropped == 1


def test_batch_is_sealed_before_it_outgrows_a_frame() -> None:
    outbox = Outbox(1 << 40, Counters())
    for _ in range(3):
        assert outbox.put(bytes(30 * 1024 * 1024))
    outbox.seal()

    first = frames_of(outbox)
    outbox.acknowledge(1)

    assert [len(exchanges) for _, exchanges in first + frames_of(outbox)] == [2, 1]


@given(st.lists(st.sampled_from(["put", "seal", "send", "ack", "lose"]), max_size=60))
def test_held_never_passes_the_bound_and_nothing_unacknowledged_is_lost(steps: list[str]) -> None:
    counters = Counters()
    outbox = Outbox(500, counters)
    kept: list[bytes] = []
    sent: dict[int, list[bytes]] = {}
    acknowledged: list[bytes] = []
    for number, step in enumerate(steps):
        match step:
            case "put":
                data = b"%050d" % number
                kept += [data] * outbox.put(data)
            case "seal":
                outbox.seal()
            case "send":
                sent |= dict(frames_of(outbox))
            case "ack" if sent:
                sequence = min(sent)
                acknowledged += sent.pop(sequence)
                outbox.acknowledge(sequence)
            case _:
                sent.clear()
                outbox.send_again()
        assert counters.held_bytes <= 500 + 17 * len(kept)  # a frame's head may join what was counted as held
    outbox.send_again()
    outbox.seal()

    held = [data for _, exchanges in frames_of(outbox) for data in exchanges]
    assert acknowledged + held == kept
