"""The access log: who looked at which person, a line of JSON each.

It is a file of the dashboard's own, as its database role may only read: by default
`logs/access.jsonl` under the home. Lines are appended whole, so that several servers may share it.
"""

import json
import os
from datetime import UTC, datetime

import streamlit as st

from app.settings import load_settings
from app.warehouse import Night, WarehouseError

LOOKED_AT = "looked_at"


def note_look(night: Night, developer_id: str) -> None:
    """Note that the session looks at a developer: once, until it looks at somebody else.

    A line holds `at` (UTC), `viewer` (null where nobody is signed in), `developer_id`, `run_id`.

    Raises:
        WarehouseError: the log cannot be written: nobody is shown then.
    """
    look = (developer_id, night.run_id)
    if st.session_state.get(LOOKED_AT) == look:
        return
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "viewer": night.viewer.name,
        "developer_id": developer_id,
        "run_id": night.run_id,
    }
    path = load_settings().access_log_file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, json.dumps(line).encode() + b"\n")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise WarehouseError(
            f"The access log {path} cannot be written ({error.strerror}), and nobody is shown "
            "without it: NIGHTQUEST_ACCESS_LOG names a file that the dashboard may write."
        ) from None
    st.session_state[LOOKED_AT] = look
