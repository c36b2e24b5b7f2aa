"""The machine's environment without its own settings of Nightquest and Dagster."""

import os

SETTINGS = ("NIGHTQUEST_", "DAGSTER_")


def inherited() -> dict[str, str]:
    """What a command under test is given of the machine's environment."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}


def forget_settings() -> None:
    """No setting of the machine reaches this process, nor those it starts."""
    for name in os.environ.keys() - inherited().keys():
        del os.environ[name]
