"""Settings that are files of their own."""

from pathlib import Path
from typing import Any

import yaml

from ingest.errors import SettingsError


def read_yaml(path: Path, setting: str, *, holds_secrets: bool = False) -> Any:
    """The content of a settings file; an empty mapping where it is empty.

    Args:
        setting: the environment variable that names the file.
        holds_secrets: what YAML says of a mistake stays untold, since it shows the line.

    Raises:
        SettingsError: the file cannot be read, or is no YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise SettingsError(f"{setting}: {path} cannot be read ({error.strerror}).") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = "" if holds_secrets else f": {' '.join(str(error).split())}"
        raise SettingsError(f"{path} is not readable as YAML{said}.") from None
