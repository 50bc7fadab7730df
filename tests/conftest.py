"""What every test relies on."""

from __future__ import annotations

import signal
import threading

# A shell that starts the tests in the background has them ignore Ctrl-C; the tests of Ctrl-C mean the usual answer.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
