"""The file of declared sources (NIGHTQUEST_SOURCES_FILE): who reads which part of it."""

from typing import Any

import yaml

from ingest.errors import SettingsError
from ingest.settings import Settings

#: Sections, and the one list that each holds.
SECTIONS = {"snowflake": "extracts", "filedrop": "metrics"}


def declared_entries(settings: Settings, section: str) -> list[Any]:
    """The entries of a section, not looked at yet; none without the file or the section.

    Raises:
        SettingsError: the file cannot be read, or is not built like its description in the docs.
    """
    path = settings.sources_file
    if path is None:
        return []
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise SettingsError(
            f"NIGHTQUEST_SOURCES_FILE: {path} cannot be read ({error.strerror})."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise SettingsError(f"{path} is not readable as YAML: {said}.") from None
    if not isinstance(content, dict) or (unknown := set(content) - set(SECTIONS)):
        found = f", found {sorted(map(str, unknown))[0]!r}" if isinstance(content, dict) else ""
        raise SettingsError(f"{path} must be a mapping with {' and '.join(SECTIONS)} alone{found}.")
    field, own = SECTIONS[section], content.get(section) or {}
    if not isinstance(own, dict) or set(own) - {field}:
        raise SettingsError(f"{path}, {section}: it must be a mapping with {field} alone.")
    entries = own.get(field) or []
    if not isinstance(entries, list):
        raise SettingsError(f"{path}, {section}.{field}: it must be a list.")
    return entries
