"""Badges: the catalogue, how rare each is said to be, and how rare it is."""

import streamlit as st

from app import parts, queries, words
from app.frame import page

BADGES_A_ROW = 3
RARITIES = {
    "all": "All", "common": "Common", "rare": "Rare", "epic": "Epic", "legendary": "Legendary",
}  # fmt: skip


def say(row: dict) -> None:
    newest = f" · newest {words.day(row['last_awarded_on'])}" if row["last_awarded_on"] else ""
    st.write(words.plain(row["description"]))
    st.caption(
        f"{row['rarity']} · {row['xp_reward']:,} XP · held by {words.count(row['holders'])} "
        f"({words.share(row['holder_share'])}){newest}"
    )


with page("Badges") as night:
    rarity = parts.choice_in_url("Rarity", "rarity", RARITIES, default="all")
    found = night.query(queries.BADGE_CATALOGUE, as_of=night.as_of_day)
    rows = found if rarity == "all" else found.filter(found["rarity"] == rarity)
    st.caption(
        f"{words.count(len(rows), ('badge', 'badges'))}. Held by: developers of the organisation "
        "today; a dash stands where too few hold it to say."
    )
    for category in dict.fromkeys(rows["category"]):
        st.subheader(category.replace("_", " ").capitalize())
        parts.badge_grid(rows.filter(rows["category"] == category), BADGES_A_ROW, say)
    parts.download(rows, f"badges-{night.as_of_day}")
