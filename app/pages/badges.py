"""Badges: the catalogue, how rare each is said to be, and how rare it is."""

import streamlit as st

from app import parts, queries, words
from app.frame import page

BADGES_A_ROW = 3
RARITIES = {
    "all": "All", "common": "Common", "rare": "Rare", "epic": "Epic", "legendary": "Legendary",
}  # fmt: skip

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
        of_category = rows.filter(rows["category"] == category)
        for first in range(0, len(of_category), BADGES_A_ROW):
            columns = st.columns(BADGES_A_ROW)
            shown = of_category[first : first + BADGES_A_ROW].iter_rows(named=True)
            for column, row in zip(columns, shown, strict=False):
                with column.container(border=True, height="stretch"):
                    st.markdown(f"**{row['icon'] or '🏅'} {words.plain(row['name'])}**")
                    st.write(words.plain(row["description"]))
                    st.caption(
                        f"{row['rarity']} · {row['xp_reward']:,} XP · held by "
                        f"{words.count(row['holders'])} ({words.share(row['holder_share'])})"
                        + (
                            f" · newest {words.day(row['last_awarded_on'])}"
                            if row["last_awarded_on"]
                            else ""
                        )
                    )
    parts.download(rows, f"badges-{night.as_of_day}")
