from datetime import date

from tests.unit.app.conftest import Draw, links, said


def tables(page) -> list[list[list[str]]]:
    """The cells of each table on the page, row by row."""
    return [table.value.astype(str).to_numpy().tolist() for table in page.table]


def test_ada_s_level_card_shows_level_title_total_and_what_is_left(drawn):
    page = drawn("developer", developer="github:1")
    assert page.metric[0].value == "9 · Novice"
    words = said(page)
    assert "745 XP to level 10" in words
    assert "7,355 XP in total, of 8,100 for the next level" in words


def test_ada_s_streak_counts_62_working_days_and_waits_for_the_pending_ones(drawn):
    page = drawn("developer", developer="github:1")
    assert page.metric[1].value == ":red[:material/local_fire_department:] 62 days"
    words = said(page)
    assert "62 longest · 3 freezes left · 62 active days in all" in words
    assert "Stands as of the last day whose data is in" in words


def test_the_calendar_s_legend_names_in_words_what_it_shows(drawn):
    words = said(drawn("developer", developer="github:1"))
    assert "s streak started · + counted, one day more · blank day off · ? data still pending" in (
        words
    )


def test_missions_are_listed_with_progress_and_with_their_xp(drawn):
    page = drawn("developer", developer="github:1")
    assert tables(page)[0][0] == ["27 Mar 2026", "Weekly reviewer", "100 %", "150"]
    assert len(tables(page)[0]) == 10
    assert "No mission is under way." in said(page)


def test_badges_held_come_with_their_day_and_locked_ones_with_progress(drawn):
    words = said(drawn("developer", developer="github:1"))
    assert "3 of 4 held" in words
    # 45 XP on 1 January, 50 more on the 2nd, 55 on the 5th; five working days on the 7th; the
    # fifth review of a week on Friday the 9th.
    for day in ("5 Jan 2026", "7 Jan 2026", "9 Jan 2026"):
        assert f":green[:material/check_circle: held] since {day}" in words
    assert ":material/lock: 62 of 180" in words


def test_the_ledger_of_a_day_says_why(drawn):
    page = drawn("developer", developer="github:1")
    # The last day with XP: 20 + 20 activity, 50 streak, 100 mission and 50 for its full score.
    assert "240 XP on 27 Mar 2026" in said(page)
    assert tables(page)[1] == [
        ["Mission", "Weekly reviewer", "100", "100"],
        ["Perfect bonus", "Weekly reviewer", "50", "50"],
        ["Streak", "A counted day", "50", "50"],
        ["Activity", "A merged pull request", "20", "20"],
        ["Activity", "A review for others", "20", "20"],
    ]
    assert "A merged pull request: 20 XP less, daily cap of the rule" in said(page)


def test_another_day_can_be_chosen_and_a_pending_day_is_not_called_empty(home, draw: Draw):
    page = draw("developer", developer="github:1")
    page.date_input[0].set_value(date(2026, 3, 30)).run()
    assert "Data of this day is still pending." in said(page)
    page.date_input[0].set_value(date(2026, 3, 28)).run()
    assert "No XP on this day." in said(page)


def test_xp_are_drawn_by_week_by_day_and_in_total(home, draw: Draw):
    page = draw("developer", developer="github:1")
    for choice, drawn in (("By day", '"sum"'), ("Total", "total_xp")):
        page.button_group[0].set_value(choice).run()
        assert not page.exception
        assert drawn in page.get("vega_lite_chart")[0].proto.spec


def test_ranks_link_to_the_boards(drawn):
    ranks = links(drawn("developer", developer="github:2"))
    assert ("XP, all time: 4 ", "board=xp_all_time&developer=github%3A2") in ranks


def test_who_left_keeps_a_page_and_is_said_to_have_left(drawn):
    page = drawn("developer", developer="github:24")
    assert "left on 15 Feb 2026, and is on no board since" in said(page)
    assert not [query for _, query in links(page) if query.startswith("board=")]


def test_a_developer_without_data_gets_a_sentence(drawn):
    assert "nora has no activity and no XP yet." in said(drawn("developer", developer="github:25"))


def test_an_unknown_developer_gets_a_sentence(drawn):
    words = said(drawn("developer", developer="github:999"))
    assert "No developer github:999 is shown in this night's data" in words


def test_without_a_developer_the_page_offers_the_top_of_the_board(drawn):
    assert links(drawn("developer"))[0] == ("ada", "developer=github%3A1")


def test_a_name_with_markdown_in_it_stays_a_name(drawn):
    words = drawn("developer", developer="[here](http://x.example) :material/bug:").warning[0].value
    assert r"\[here\]\(http\://x.example\) \:material/bug\:" in words
