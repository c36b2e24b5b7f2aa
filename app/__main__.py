"""`python -m app`: the dashboard, on the port and address that Streamlit's options name.

In production it refuses to start (exit code 2) where nobody would have to sign in, unless
NIGHTQUEST_SIGN_IN=off says so by name. With `--check` it says whether it would, and does not start.
"""

import sys
from importlib import import_module
from pathlib import Path

from streamlit.web import cli

from app.settings import SettingsError, load_settings
from app.viewer import must_sign_in, refusal


def main() -> None:
    try:
        settings = load_settings()
        why = refusal(settings)
    except SettingsError as error:
        why = str(error)
    if why:
        print(why, file=sys.stderr)
        raise SystemExit(2)
    if sys.argv[1:] == ["--check"]:
        people = "people sign in" if must_sign_in(settings) else "whoever reaches it may look"
        print(f"it may start; {people}")
        return
    # Streamlit imports it when it first draws a table; Altair, in another session at that moment,
    # would work with the half that is there: 7 errors in the first clicks of 100 sessions.
    import_module("pandas")
    cli.main(["run", str(Path(__file__).with_name("main.py")), *sys.argv[1:]])


if __name__ == "__main__":
    main()
