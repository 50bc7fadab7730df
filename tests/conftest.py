"""What every test relies on."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

# A shell that starts the tests in the background has them ignore Ctrl-C; the tests of Ctrl-C mean the usual answer.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the cases of a `sweep(fast)` the first ``fast`` are in the test command, the others are slow."""
    seen: Counter[str] = Counter()
    for item in items:
        if mark := item.get_closest_marker("sweep"):
            of = item.nodeid.partition("[")[0]
            seen[of] += 1
            if seen[of] > mark.args[0]:
                item.add_marker("slow")


@pytest.fixture(scope="module")
def no_reports() -> Iterator[None]:
    """Runs are stored without reports, which take most of a small run's time and which nobody opens here.

    With ALLOCATOR_TEST_REPORTS set, as `.ci/run` does once, they are written all the same.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("ALLOCATOR_TEST_REPORTS"):
            patch.setattr("allocator.report.write_reports", lambda *_: None)
        yield
