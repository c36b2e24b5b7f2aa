"""Rules: the pack in force, in plain words."""

import streamlit as st

from app import parts, queries, words
from app.frame import page

with page("Rules") as night:
    found = night.query(queries.RULE_PACK)
    if found.is_empty():
        st.write("The published night holds no rule pack.")
        st.stop()
    pack = found.row(0, named=True)
    name, zone = words.plain(pack["pack_name"]), words.plain(pack["time_zone"])
    st.caption(
        f"Pack **{name}**, hash {pack['pack_hash'][:12]}; days are those of {zone}. Rules are "
        "changed by pull request, never here."
    )
    st.markdown(words.pack(pack))

    today = {"as_of": night.as_of_day}
    st.subheader("XP for activity")
    rules = night.query(queries.XP_RULES, **today)
    parts.table(
        [
            {
                "For": words.plain(row["description"]),
                "XP": words.rate(row),
                "At most a day": words.count(row["daily_cap"]) if row["daily_cap"] else "no cap",
                "Source": words.SOURCES.get(row["source"], row["source"] or "–"),
            }
            for row in rules.iter_rows(named=True)
        ],
        alt="What activity is worth",
    )

    st.subheader("Missions")
    missions = night.query(queries.MISSIONS, **today, since=night.as_of_day)
    parts.table(
        [
            {
                "Mission": words.plain(row["name"]),
                "Goal": words.goal(row),
                "When": words.when(row),
                "XP": words.count(row["base_xp"]),
            }
            for row in missions.iter_rows(named=True)
        ],
        alt="What missions ask for",
    )
    thresholds = sorted({row["pass_threshold"] for row in missions.iter_rows(named=True)})
    said = " or ".join(f"{words.count(threshold)} %" for threshold in thresholds)
    st.caption(f"Passed from {said} of the goal on, and paid by the share reached.")

    st.subheader("Badges")
    badges = night.query(queries.BADGE_CATALOGUE, **today)
    parts.table(
        [
            {
                "Badge": words.badge(row),
                "For": words.plain(row["description"]),
                "Rarity": row["rarity"],
                "XP": words.count(row["xp_reward"]),
            }
            for row in badges.iter_rows(named=True)
        ],
        alt="What badges are for",
    )

    st.subheader("Levels")
    levels = night.query(queries.LEVELS).rename(
        {"level": "Level", "title": "Title", "total_xp_required": "Total XP"}
    )
    st.dataframe(levels, hide_index=True, alt="Total XP that each level asks for")
    parts.download(rules, "xp-rules")
