"""How what runs until it is told to end is told."""

import signal


def stop_on_signals() -> None:
    """From now on SIGTERM, which systemd sends, and Ctrl-C raise KeyboardInterrupt.

    A script's `&` has Ctrl-C ignored, and a Dagster that is started then ignores both.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
