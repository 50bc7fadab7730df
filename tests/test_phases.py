"""What a phase took is noted, and a plan that was found is stored whatever the user presses meanwhile."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from allocator.messages import progress as phases


def test_a_phase_that_comes_again_adds_up() -> None:
    """Its time is the sum; everyone who listens hears that it begins."""
    heard: list[str] = []
    found = phases.Phases(lambda phase, *_: heard.append(phase), {"screen": 1.0})
    with found.of("screen"):
        pass

    assert ["screen"] == heard
    assert 1.0 < found.timings["screen"] < 1.1


def test_memory_only_grows() -> None:
    """It is the most the process has needed so far, in MB."""
    before = phases.peak() or 0.0
    held = bytearray(64 << 20)
    held[::4096] = b"x" * len(held[::4096])

    assert 10 < before <= (phases.peak() or 0.0)


def test_memory_is_known_without_the_files_of_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other systems are asked another way, and say about the same."""
    usual = phases.peak() or 0.0
    monkeypatch.setattr(phases, "STATUS", Path("/no/such/file"))

    assert usual == pytest.approx(phases.peak() or 0.0, rel=0.5)


def test_the_translation_ends_when_the_solver_speaks() -> None:
    """Both happen in one call, so the memory of the first is noted at the first word of the second."""
    found = phases.Phases()
    found.while_solving("translate", None, None, None, 0.0, 0, 0)
    known = set(found.memory)
    found.while_solving("lp", None, None, None, 0.0, 5, 7)

    assert (set(), {"translate"}) == (known, set(found.memory))


def test_the_first_interrupt_waits() -> None:
    """What was found is stored; only a second Ctrl-C ends the program, and afterwards the first does again."""
    reached = []
    before = signal.getsignal(signal.SIGINT)

    def impatient() -> None:
        with phases.put_off():
            signal.raise_signal(signal.SIGINT)
            reached.append("stored")
            signal.raise_signal(signal.SIGINT)
            reached.append("never")

    with pytest.raises(KeyboardInterrupt):
        impatient()

    assert ["stored"] == reached
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_leave_signals_alone() -> None:
    """Only the main thread may set a handler."""
    done = []

    def work() -> None:
        with phases.put_off():
            done.append("stored")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert ["stored"] == done
