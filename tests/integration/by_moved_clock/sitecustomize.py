"""Loaded by every Python that lives by a moved clock (`tests.integration.clock`)."""

import os
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

if seconds := os.environ.get("SECONDS_AHEAD"):
    import grpc._channel
    import grpc._server
    import time_machine

    # gRPC hands its deadlines, in seconds since 1970, to C, which no clock of Python's moves.
    unmoved = SimpleNamespace(**vars(time) | {"time": time_machine.escape_hatch.time.time})
    grpc._channel.time = grpc._server.time = unmoved
    time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(seconds)), tick=True).start()
