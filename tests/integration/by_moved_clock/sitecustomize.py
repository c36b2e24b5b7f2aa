"""Loaded by every Python that lives by a moved clock (`tests.integration.clock`)."""

import select
import time

# Where libfaketime (0.9.10) leaves the monotonic clock alone, the call that Python's own sleep
# makes is refused as invalid; where it moves that clock too, waits of threads never end.
time.sleep = lambda seconds: select.select((), (), (), seconds)[0]
