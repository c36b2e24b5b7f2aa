"""`python -m app`: the dashboard, on the port and address that Streamlit's options name.

In production it refuses to start (exit code 2) where nobody would have to sign in, unless
NIGHTQUEST_SIGN_IN=off says so by name.
"""

import sys
from pathlib import Path

from streamlit.web import cli

from app.settings import SettingsError, load_settings
from app.viewer import refusal


def main() -> None:
    try:
        why = refusal(load_settings())
    except SettingsError as error:
        why = str(error)
    if why:
        print(why, file=sys.stderr)
        raise SystemExit(2)
    cli.main(["run", str(Path(__file__).with_name("main.py")), *sys.argv[1:]])


if __name__ == "__main__":
    main()
