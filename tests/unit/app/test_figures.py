"""Missions, Badges, Teams, What's new, Rules, Data health: figures counted here from the facts."""

from datetime import date

import pytest

from tests.unit.app.conftest import Draw, links, said


def one(connection, sql: str, *params):
    return connection.execute(sql, params).fetchone()


def test_missions_are_counted_as_the_attempts_say(marts, seeded):
    done, failed, open_now, xp = one(
        marts,
        """
        select
            count(*) filter (where status in ('completed', 'passed', 'kept')),
            count(*) filter (where status = 'failed'),
            count(*) filter (where status in ('in_progress', 'submitted')),
            sum(xp_awarded)
        from marts.fct_mission_attempts
        where period_end >= '2026-01-05'
        """,
    )
    (table,) = (element.value for element in seeded("missions").dataframe)
    row = table.iloc[0]
    assert row["name"] == "Weekly reviewer"
    assert (row["done"], row["failed"], row["open"], row["xp_awarded"]) == (
        done, failed, open_now, xp,
    )  # fmt: skip
    assert row["pass_rate"] == pytest.approx(done / (done + failed))
    assert min(done, failed, open_now) > 0


def test_a_mission_of_another_difficulty_is_filtered_away(seeded):
    words = said(seeded("missions", difficulty="hard"))
    assert "No such mission is published today." in words
    assert "Weekly reviewer" not in words


def test_a_mission_is_said_in_words(seeded):
    assert "5 reviews: reviews of others' work · every week · 100 XP" in said(seeded("missions"))


def test_badges_are_as_rare_as_they_are_held(marts, seeded):
    holders = one(
        marts,
        """
        select count(distinct awards.developer_id)
        from marts.fct_badge_awards as awards
        inner join marts.dim_developers using (developer_id)
        where badge_id = 'week_warrior' and is_active
        """,
    )[0]
    words = said(seeded("badges"))
    assert 0 < holders < 24
    share = f"{100 * holders / 24:.1f} %".replace(".0 %", " %")
    assert f"rare · 100 XP · held by {holders} ({share})" in words
    assert "epic · 400 XP · held by 0 (0 %)" in words


def test_badges_can_be_chosen_by_rarity(seeded):
    words = said(seeded("badges", rarity="epic"))
    assert "Study Legend" in words
    assert "Week Warrior" not in words


def test_teams_are_compared_per_head(marts, seeded):
    xp = one(
        marts,
        """
        select sum(xp) from marts.fct_developer_days
        where
            cast(split_part(developer_id, ':', 2) as integer) % 2 = 1
            and activity_date between '2026-02-28' and '2026-03-29'
        """,
    )[0]
    (table,) = (element.value for element in seeded("teams", days="30").dataframe)
    row = table[table["team_name"] == "Compilers"].iloc[0]
    assert row["xp"] == xp
    assert row["xp_per_head"] == pytest.approx(xp / 12)


def test_small_teams_are_not_shown(home, draw: Draw, monkeypatch):
    monkeypatch.setenv("NIGHTQUEST_MIN_TEAM_SIZE", "13")
    page = draw("teams", team="github:901")
    assert len(page.dataframe) == 0
    assert "No team of 13 people or more" in said(page)


def test_a_team_has_a_page_and_boards_of_its_own(marts, seeded):
    page = seeded("teams", team="github:902")
    assert "part of Compilers · 12 people" in said(page)
    assert ("The team's own boards", "team=github%3A902") in links(page)
    names = {
        name
        for (name,) in marts.execute(
            """
            select login from marts.leaderboards inner join marts.dim_developers
            using (developer_id)
            where board_id = 'xp_7d' and scope_id = 'github:902' and rank <= 10
            order by rank, developer_id limit 10
            """
        ).fetchall()
    }
    board = seeded("leaderboards", board="xp_7d", team="github:902")
    shown = {label for label, query in links(board) if "developer=" in query}
    assert shown == names
    assert "ada" not in shown


def test_an_unknown_team_is_told(seeded):
    assert "There is no team github:7" in said(seeded("teams", team="github:7"))
    assert "this is the whole organisation" in said(seeded("leaderboards", team="github:7"))


def test_an_earlier_day_shows_the_board_of_then(marts, seeded):
    day = date(2026, 3, 24)
    first = one(
        marts,
        """
        select login, score from marts.leaderboard_history inner join marts.dim_developers
        using (developer_id)
        where board_id = 'xp_7d' and as_of_date = ? order by rank limit 1
        """,
        day,
    )
    words = said(seeded("leaderboards", board="xp_7d", day=day.isoformat()))
    then = words[words.index("XP, 7 days on 24 Mar 2026") :]
    assert f"{first[1]:,.0f} XP" in then
    assert first[0] in then


def test_news_of_the_last_days_is_that_of_the_awards(marts, seeded):
    (badges,) = one(
        marts,
        "select count(*) from marts.fct_badge_awards where awarded_on > '2026-03-01'",
    )
    words = said(seeded("news", days="30", type="badge_unlocked"))
    assert badges > 0
    assert words.count("🏅 Badge ·") == badges


def test_rules_are_said_in_plain_words(seeded):
    page = seeded("rules")
    words = said(page)
    assert "All activity of a day is worth at most 150 XP." in words
    assert "A streak pays 5 XP for each day it has lasted, at most 50 a day." in words
    assert "20 counted days earn one more" in words
    assert "Pack sample" in words
    rules = page.table[0].value
    assert list(rules["For"]) == ["A merged pull request", "A review for others"]
    assert list(rules["At most a day"]) == ["60", "60"]


def test_data_health_says_what_is_late_corrected_and_set_aside(seeded):
    page = seeded("health")
    words = said(page)
    assert "waiting for copilot since 2026-03-30" in words
    assert "1 change of XP of the ledger, 1 developer, 25 Mar 2026 to 25 Mar 2026" in words
    assert "2 rows of GitHub Copilot, user\\_days".replace("\\", "") in words
    sources = page.table[0].value.set_index("Source")
    assert sources.loc["GitHub Copilot", "Waiting since"] == "30 Mar 2026"
    assert sources.loc["GitHub Copilot", "Delivered up to"] == "29 Mar 2026"
    assert sources.loc["GitHub", "Waiting since"] == "–"


def test_the_overview_tells_seats_and_the_last_night(marts, seeded):
    words = said(seeded("overview"))
    active, xp = one(
        marts,
        "select count(distinct developer_id), sum(xp) from marts.fct_xp_ledger"
        " where activity_date = '2026-03-29'",
    )
    assert "15 of 20" in words
    assert f"29 Mar 2026, the newest complete day: {active} developer" in words
    assert f"{xp:,} XP" in words
    assert "The last night corrected days from 25 Mar 2026 to 25 Mar 2026" in words
