"""What every page has in common: its title, the demo's banner, the night shown, plain failures."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app import words
from app.settings import SettingsError, load_settings
from app.warehouse import Night, NightMoved, WarehouseError, tonight


@contextmanager
def page(title: str) -> Iterator[Night]:
    """Draw a page's frame and hand out the night; whatever cannot be read is said in a sentence."""
    st.title(title)
    try:
        if load_settings().env == "demo":
            st.info(
                "This is the demo: a simulated organisation, no real people.",
                icon=":material/science:",
            )
        night = tonight()
        _say_night(night)
        yield night
    except NightMoved:
        st.rerun()
    except (SettingsError, WarehouseError) as error:
        st.error(str(error), icon=":material/database_off:")
        st.stop()


def _say_night(night: Night) -> None:
    said = [
        f"As of **{words.day(night.as_of_day)}**",
        f"complete through **{words.day(night.complete_through)}**",
        f"final through **{words.day(night.final_through)}**",
        f"run `{night.run_id}`",
    ]
    if night.quarantined_rows:
        rows = words.count(night.quarantined_rows, ("row", "rows"))
        said.append(f"{rows} set aside as unreadable")
    if night.problems:
        said.append(words.plain(night.problems))
    st.caption(" · ".join(said))
