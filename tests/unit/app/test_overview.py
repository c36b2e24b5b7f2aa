from datetime import date

from tests.unit.app.conftest import Draw, links, said


def metric(page, label: str):
    return next(element for element in page.metric if element.label == label)


def test_the_roster_counts_neither_who_left_nor_leaves_out_who_never_worked(drawn):
    # 25 people, lena left, nora is there without any data.
    assert metric(drawn("overview"), "Developers").value == "24"


def test_seven_days_end_with_the_last_complete_day_and_are_compared_with_the_seven_before(
    marts, seeded
):
    sums = [
        marts.execute(
            "select sum(xp) from marts.fct_xp_ledger where activity_date between ? and ?", days
        ).fetchone()[0]
        for days in (
            [date(2026, 3, 23), date(2026, 3, 29)],
            [date(2026, 3, 16), date(2026, 3, 22)],
        )
    ]
    shown = metric(seeded("overview"), "XP, 7 days")
    assert shown.value == f"{sums[0]:,}"
    assert shown.delta == f"{sums[0] - sums[1]:+,}"


def test_active_missions_and_badges_are_those_of_the_ledger(marts, seeded):
    page = seeded("overview")
    active, missions, badges = (
        marts.execute(sql).fetchone()[0]
        for sql in (
            "select count(distinct developer_id) from marts.fct_xp_ledger"
            " where activity_date between '2026-03-23' and '2026-03-29'",
            "select count(distinct reference_id) from marts.fct_xp_ledger"
            " where reason = 'mission' and activity_date between '2026-02-28' and '2026-03-29'",
            "select count(*) from marts.fct_xp_ledger"
            " where reason = 'badge' and activity_date between '2026-02-28' and '2026-03-29'",
        )
    )
    assert metric(page, "Active, 7 days").value == str(active)
    assert metric(page, "Missions, 30 days").value == str(missions)
    assert metric(page, "Badges, 30 days").value == str(badges)


def test_the_page_says_which_night_it_shows_and_how_far_data_reaches(drawn):
    words = said(drawn("overview"))
    assert "As of 31 Mar 2026 · complete through 29 Mar 2026 · final through 24 Mar 2026" in words
    assert "run run-0331 · 2 rows set aside as unreadable" in words
    assert "waiting for copilot since 2026-03-30" in words
    assert "Pending days are grey." in words


def test_the_top_five_of_the_seven_day_board_link_to_their_pages(marts, seeded):
    five = marts.execute(
        "select developer_id from marts.leaderboards where board_id = 'xp_7d' and scope_id = 'org'"
        " order by rank, developer_id limit 5"
    ).fetchall()
    people = [query for _, query in links(seeded("overview")) if query.startswith("developer=")]
    assert people == [f"developer=github%3A{who.removeprefix('github:')}" for (who,) in five]


def test_the_demo_says_on_every_page_that_it_is_one(home, draw: Draw, monkeypatch):
    monkeypatch.setenv("NIGHTQUEST_ENV", "demo")
    for name in ("overview", "leaderboards", "developer"):
        assert "This is the demo" in said(draw(name))


def test_no_banner_is_shown_for_real_data(home, draw: Draw):
    assert "demo" not in said(draw("overview"))
