"""Loaded by every Python that lives by a moved clock (`tests.integration.clock`)."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

if seconds := os.environ.get("SECONDS_AHEAD"):
    time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(seconds)), tick=True).start()
