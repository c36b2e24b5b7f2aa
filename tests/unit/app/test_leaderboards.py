import shutil
from pathlib import Path

import duckdb
import pytest

from tests.unit.app.conftest import Draw, links, said

# Ada, by hand: 62 working days from 1 January to 27 March. Activity 62 x 40 = 2,480; streak
# 5 + 10 + ... + 45 = 225 and 53 x 50 = 2,650; missions 12 whole weeks x 150 = 1,800; badges
# 50 + 50 + 100 = 200. Together 7,355: level 9 (6,400 to 8,100), 745 to go.
ADA_XP = "7,355 XP"


def rows(page) -> list[list[str]]:
    """The words of each row of the boards on the page."""
    found: list[list[str]] = []
    for line in said(page).splitlines():
        if line.endswith("last week"):
            found[-1].append(line)
        elif line[0].isdigit() and len(line.split()[0]) <= 3 and "XP" not in line:
            found.append([line])
        elif found and len(found[-1]) < 4:
            found[-1].append(line)
    return [row for row in found if len(row) == 5]


def test_the_all_time_board_opens_with_ada_her_xp_and_her_level(drawn):
    first = rows(drawn("leaderboards"))[0]
    assert first[0] == "1 :yellow[:material/military_tech: gold]"
    assert first[1:4] == ["ada", ADA_XP, "Level 9 · Novice"]
    assert first[4] == "● same as yesterday · ● same as last week"


def test_equal_scores_share_a_rank_and_the_next_one_is_skipped(drawn):
    board = rows(drawn("leaderboards"))
    assert [row[1] for row in board[3:5]] == ["bob", "cleo"]
    assert [row[0].split()[0] for row in board[2:6]] == ["3", "4", "4", "6"]
    assert board[3][0] == "4  :gray[shared by 2]"


def test_movement_is_told_by_arrow_and_by_word(drawn):
    board = rows(drawn("leaderboards"))
    # Bob stood third a week before 31 March and stands fourth now; dev-05 the other way.
    assert board[3][4] == "● same as yesterday · ▼ down 1 since last week"
    assert board[2][4] == "● same as yesterday · ▲ up 2 since last week"


def test_a_board_has_ten_rows_and_says_how_many_are_ranked(drawn):
    page = drawn("leaderboards", board="xp_30d")
    assert len(rows(page)) == 10
    assert "23 developers ranked as of 31 Mar 2026" in said(page)
    assert "Days after 24 Mar 2026 may still change." in said(page)


def test_who_is_not_named_keeps_the_place_and_counts(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draw: Draw
) -> None:
    """As the visibility policy leaves people out: their rows are gone, the numbers stay."""
    there = tmp_path / "published" / "nightquest.duckdb"
    there.parent.mkdir()
    shutil.copy(sample_home / "published" / "nightquest.duckdb", there)
    with duckdb.connect(str(there)) as file:
        file.execute("delete from marts.leaderboards where board_id = 'xp_30d' and place <= 10")
        file.execute("delete from marts.leaderboards where board_id = 'xp_7d' and place = 3")
        file.execute("delete from marts.leaderboards where board_id = 'xp_all_time' and place <= 5")
        file.execute("delete from marts.leaderboards where board_id = 'streak_current'")
        file.execute("delete from marts.leaderboard_sizes where board_id = 'streak_current'")
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    assert "None of the first 10 is shown by name here." in said(
        draw("leaderboards", board="xp_30d")
    )
    assert "None of the first 5 is shown by name here." in said(draw("developer"))
    week = draw("leaderboards", board="xp_7d")
    assert len(rows(week)) == 9
    assert "23 developers ranked" in said(week)
    # Places 10 and 11 tie, as they did before the third was hidden.
    assert "1 more person ties within the first 10 ranks." in said(week)
    empty = said(draw("leaderboards", board="streak_current"))
    assert "Nobody is on this board yet: a score of 0 is not ranked." in empty


def test_who_left_and_who_has_no_score_are_on_no_board(drawn):
    for board in ("xp_all_time", "streak_longest", "badges_unlocked"):
        names = [label for label, _ in links(drawn("leaderboards", board=board))]
        assert not {"lena", "nora"} & set(names)


def test_ties_beyond_the_ten_rows_are_counted(drawn):
    # Almost everybody holds the same three badges.
    assert "more people tie within the first 10 ranks." in said(
        drawn("leaderboards", board="badges_unlocked")
    )


def test_choosing_a_board_puts_it_into_the_url(home, draw: Draw):
    page = draw("leaderboards")
    page.button_group[0].set_value("streak_current").run()
    assert page.query_params["board"] == "streak_current"
    assert "Current streak" in [element.value for element in page.subheader]
    assert "62 days" in said(page)


def test_an_unknown_board_is_named_and_the_first_one_shown(drawn):
    page = drawn("leaderboards", board="richest")
    assert "There is no board richest; this is XP, all time." in said(page)
    assert ADA_XP in said(page)


def test_a_developer_outside_the_top_is_shown_between_two_neighbours_on_each_side(drawn):
    page = drawn("leaderboards", developer="github:22")
    around = rows(page)[10:]
    assert [row[0].split()[0] for row in around] == ["19", "20", "21", "22", "23"]
    assert around[2][1] == "dev-22 (chosen)"


def test_a_developer_in_the_top_is_marked_there(drawn):
    page = drawn("leaderboards", developer="github:1")
    assert rows(page)[0][1] == "ada (chosen)"


def test_a_developer_without_a_score_gets_a_sentence(drawn):
    page = drawn("leaderboards", developer="github:25")
    assert "nora is not ranked on this board." in said(page)


def test_an_unknown_developer_gets_a_sentence(drawn):
    page = drawn("leaderboards", developer="github:999")
    assert "No developer github:999 is in this night's data." in said(page)


def test_the_search_finds_logins_and_keeps_the_board(home, draw: Draw):
    page = draw("leaderboards", board="xp_7d")
    page.text_input[0].set_value("ADA").run()
    assert ("ada", "board=xp_7d&developer=github%3A1") in links(page)


def test_signs_of_sql_patterns_are_searched_as_they_are(home, draw: Draw):
    page = draw("leaderboards")
    page.text_input[0].set_value("_%").run()
    assert "No developer's login contains “_%”." in said(page)
