"""What every test relies on."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No test is timed: on a busy machine any example may take long.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Runs are stored without reports and ranges, most of a small run's time, but in tests marked `reports` or `ranges`.

    With ALLOCATOR_TEST_REPORTS set, as `.ci/run` does once, they are always made.
    """
    whole, ranged = (item.get_closest_marker(name) for name in ("reports", "ranges"))
    with pytest.MonkeyPatch.context() as patch:
        if not (os.environ.get("ALLOCATOR_TEST_REPORTS") or whole):
            patch.setattr("allocator.report.write_reports", lambda *_: None)
            if not ranged:
                patch.setattr("allocator.optimise.ranges.tables", lambda *_: {})
        return (yield)
