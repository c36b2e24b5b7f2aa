"""The file of declared sources (NIGHTQUEST_SOURCES_FILE): who reads which part of it."""

from typing import Any

from ingest.errors import SettingsError
from ingest.settings import Settings
from ingest.yaml_files import read_yaml

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
    content = read_yaml(path, "NIGHTQUEST_SOURCES_FILE")
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
