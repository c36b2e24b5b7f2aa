"""Private keys of the settings, as their PEM text; no message shows any of it."""

from pathlib import Path

from pydantic import SecretStr

from ingest.errors import SettingsError


def pem_text(name: str, value: SecretStr | None, file: Path | None) -> tuple[str, bytes]:
    """The setting that holds the key (`name`, or `name` with `_FILE`), and the key's text.

    Raises:
        SettingsError: both are set, or the file cannot be read.
    """
    if value and file:
        raise SettingsError(f"{name} and {name}_FILE are both set: keep one of them.")
    if value:
        # An environment file holds a key in one line, its line breaks written as \\n.
        return name, value.get_secret_value().replace("\\n", "\n").encode(errors="replace")
    assert file, "who asks has seen that one of them is set"
    try:
        return f"{name}_FILE", file.read_bytes()
    except OSError as error:
        # Without the path: somebody may have put the key itself there.
        raise SettingsError(f"{name}_FILE names no readable file ({error.strerror}).") from None
