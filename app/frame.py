"""What every page has in common: title, sign-in, the night shown, and plain failures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import streamlit as st

from app import words
from app.settings import SettingsError, load_settings
from app.viewer import Viewer, refusal, signed_in
from app.warehouse import Night, NightMoved, NotForYou, WarehouseError, tonight

ROLES = {
    "admin": "sees everybody",
    "manager": "manager",
    "developer": "developer",
    "guest": "no developer of that name",
}


@contextmanager
def page(title: str) -> Iterator[Night]:
    """Draw a page's frame and hand out the night; whatever cannot be read is said in a sentence."""
    st.title(title)
    try:
        settings = load_settings()
        if why := refusal(settings):
            raise SettingsError(why)
        viewer = signed_in(settings)
        if viewer is None:
            _ask_to_sign_in()
        if settings.env == "demo":
            st.info(
                "This is the demo: a simulated organisation, no real people.",
                icon=":material/science:",
            )
        night = tonight(viewer)
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            _say_night(night)
            if viewer.role != "everybody":
                _say_viewer(viewer)
        yield night
    except NightMoved:
        st.rerun()
    except NotForYou:
        st.warning(
            "Days and figures of a person are for themself, their manager and admins.",
            icon=":material/lock:",
        )
        st.stop()
    except (SettingsError, WarehouseError) as error:
        st.error(str(error), icon=":material/database_off:")
        st.stop()


def _ask_to_sign_in() -> NoReturn:
    st.write("Sign in with your organisation's account to see how the game goes.")
    st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)
    st.stop()


def _say_viewer(viewer: Viewer) -> None:
    with st.popover(words.plain(viewer.name or "Signed in"), icon=":material/account_circle:"):
        st.caption(ROLES[viewer.role])
        st.button("Sign out", icon=":material/logout:", on_click=st.logout)


def _say_night(night: Night) -> None:
    said = [
        f"As of **{words.day(night.as_of_day)}**",
        f"complete through **{words.day(night.complete_through)}**",
        f"final through **{words.day(night.final_through)}**",
        f"run {words.plain(night.run_id[:8])}",
    ]
    if night.quarantined_rows:
        rows = words.count(night.quarantined_rows, ("row", "rows"))
        said.append(f"{rows} set aside as unreadable")
    if night.problems:
        said.append(words.plain(night.problems))
    st.caption(" · ".join(said))
