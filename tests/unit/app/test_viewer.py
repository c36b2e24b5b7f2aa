"""Who may see whom: the door answers to whom it may, whatever a page asks for."""

import re
import subprocess
import sys

import pytest
import streamlit as st

from app import queries
from app.settings import SettingsError, load_settings
from app.viewer import Viewer, viewer_of
from app.warehouse import NotForYou, tonight
from tests.conftest import PROJECT
from tests.unit.app.conftest import PAGES, Draw, links, said
from tests.unit.app.test_door import PARAMS

STATEMENTS = {name: text for name, text in vars(queries).items() if name.isupper()}
OF_PERSON = [name for name, text in STATEMENTS.items() if isinstance(text, queries.OfPerson)]
#: Tables with days and figures of people, not only what boards and badges tell.
OF_PEOPLE = (
    "fct_xp_ledger", "fct_xp_exclusions", "fct_developer_days", "fct_streak_days", "fct_streaks",
    "fct_mission_attempts", "fct_badge_progress", "fct_activity_daily", "fct_activity_values",
    "fct_seats", "fct_source_rows", "xp_evidence", "xp_explained", "xp_missing",
)  # fmt: skip
#: Sums over people, without any of them.
COUNTED = {"CORRECTIONS"}
ADA, BOB, CLEO = "github:1", "github:2", "github:3"
GROUPS = {
    "NIGHTQUEST_ADMINS": "nq-admins, owners",
    "NIGHTQUEST_MANAGERS": "compilers-leads=Compilers, engines-leads=github:902",
}


@pytest.fixture(autouse=True)
def nothing_kept(home, monkeypatch: pytest.MonkeyPatch) -> None:
    st.cache_data.clear()
    for name, value in GROUPS.items():
        monkeypatch.setenv(name, value)


def whom(**claims: object) -> Viewer:
    """Somebody with these claims, as the published tables know them."""
    return tonight(viewer_of(claims, load_settings())).viewer


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"preferred_username": "ada", "groups": ["owners", "compilers-leads"]}, "admin"),
        ({"preferred_username": "ada", "groups": "nq-admins"}, "admin"),
        ({"preferred_username": "ada", "groups": ["compilers-leads"]}, "manager"),
        ({"groups": ["engines-leads"]}, "manager"),
        ({"preferred_username": "ada", "groups": ["compilers"]}, "developer"),
        ({"email": "nobody@corp.example"}, "guest"),
    ],
)
def test_claims_make_a_role(claims, role):
    assert whom(**claims).role == role


def test_a_login_is_found_whatever_its_case():
    assert whom(preferred_username="ADA").developer_id == ADA
    assert whom(preferred_username="stranger").developer_id is None


def test_other_claims_can_be_named(monkeypatch):
    monkeypatch.setenv("NIGHTQUEST_LOGIN_CLAIM", "github_login")
    monkeypatch.setenv("NIGHTQUEST_GROUPS_CLAIM", "roles")
    found = whom(github_login="ada", preferred_username="bob", roles=["owners"])
    assert (found.developer_id, found.role) == (ADA, "admin")


def test_a_manager_has_the_teams_below_too():
    assert whom(groups=["compilers-leads"]).team_ids == ("github:901", "github:902")
    assert whom(groups=["engines-leads"]).team_ids == ("github:902",)


@pytest.mark.parametrize(
    ("claims", "seen"),
    [
        ({"groups": ["owners"]}, {ADA, BOB, CLEO}),
        ({"groups": ["compilers-leads"]}, {ADA, BOB, CLEO}),
        ({"groups": ["engines-leads"]}, {BOB}),
        ({"groups": ["engines-leads"], "preferred_username": "ada"}, {ADA, BOB}),
        ({"preferred_username": "cleo"}, {CLEO}),
        ({"preferred_username": "stranger"}, set()),
        ({"email": "nobody@corp.example"}, set()),
    ],
)
@pytest.mark.parametrize("name", OF_PERSON)
def test_a_person_s_days_are_for_whom_they_are(name, claims, seen):
    night = tonight(viewer_of(claims, load_settings()))
    asked = set(re.findall(r"\$(\w+)", STATEMENTS[name])) - {"developer"}
    params = {key: PARAMS[key] for key in asked}
    for developer in (ADA, BOB, CLEO):
        if developer in seen:
            night.query(STATEMENTS[name], **params, developer=developer)
        else:
            with pytest.raises(NotForYou):
                night.query(STATEMENTS[name], **params, developer=developer)


def test_nobody_has_to_sign_in_where_no_provider_is_configured():
    assert tonight().query(queries.LEDGER_DAYS, developer=ADA).height == 1


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_question_about_people_s_days_says_so(name):
    read = re.findall(r"marts\.(\w+)", STATEMENTS[name])
    if set(read) & {*OF_PEOPLE}:
        assert isinstance(STATEMENTS[name], queries.OfPerson)
    if set(read) & {"fct_notifications", "fct_corrections"} and name not in COUNTED:
        assert isinstance(STATEMENTS[name], queries.OfPerson | queries.OfPeople)


@pytest.mark.parametrize(
    ("claims", "freezes_of"),
    [
        ({"groups": ["owners"]}, "everybody"),
        ({"preferred_username": "dev-07"}, {"dev-07"}),
        ({"groups": ["engines-leads"]}, "even numbers"),
        ({"email": "nobody@corp.example"}, set()),
    ],
)
def test_news_beyond_boards_and_badges_is_for_whom_it_concerns(claims, freezes_of):
    night = tonight(viewer_of(claims, load_settings()))
    asked = {"since": PARAMS["since"], "until": PARAMS["until"], "public_types": ["level_up"]}
    news = night.query(queries.NEWS, **asked, types=["streak_frozen", "level_up"], limit=10_000)
    everybody = tonight().query(
        queries.NEWS, **asked, types=["streak_frozen", "level_up"], limit=10_000
    )
    is_freeze = everybody["type"] == "streak_frozen"
    freezes = set(everybody.filter(is_freeze)["name"])
    wanted = {
        "everybody": freezes,
        "even numbers": {name for name in freezes if name == "bob" or name[-1] in "02468"},
    }.get(str(freezes_of), freezes_of)
    assert set(news.filter(news["type"] == "streak_frozen")["name"]) == wanted
    assert len(freezes) > len(wanted) or freezes_of == "everybody"
    assert set(news.filter(news["type"] == "level_up")["name"]) == set(
        everybody.filter(~is_freeze)["name"]
    )


@pytest.mark.parametrize("name", PAGES)
def test_before_signing_in_a_page_shows_a_door_and_nothing_else(name, draw: Draw, sign_in):
    sign_in()
    page = draw(name, developer=ADA)
    assert [button.label for button in page.button] == ["Sign in"]
    assert "As of" not in said(page)
    assert links(page) == []


def test_a_colleague_s_page_tells_what_boards_tell(draw: Draw, sign_in):
    sign_in(preferred_username="bob", email="bob@corp.example")
    words = said(draw("developer", developer=ADA))
    assert "Level" in words
    assert "7,355 XP in total" in words
    assert "Why these XP" not in words
    assert "Streak calendar" not in words
    assert "Open missions" not in words


def test_one_s_own_page_needs_no_search(draw: Draw, sign_in):
    sign_in(preferred_username="ADA")
    words = said(draw("developer"))
    assert "745 XP to level 10" in words
    assert "Why these XP" in words


def test_a_page_says_who_is_signed_in_and_how_to_leave(draw: Draw, sign_in):
    sign_in(preferred_username="ada", email="ada@corp.example", groups=["owners"])
    page = draw("overview")
    assert "sees everybody" in said(page)
    assert [button.label for button in page.button if button.label == "Sign out"] == ["Sign out"]


@pytest.mark.parametrize(
    ("settings", "is_shown"),
    [
        ({"NIGHTQUEST_ENV": "production"}, False),
        ({"NIGHTQUEST_SIGN_IN": "oidc"}, False),
        ({"NIGHTQUEST_ENV": "production", "NIGHTQUEST_SIGN_IN": "off"}, True),
        ({"NIGHTQUEST_ENV": "development"}, True),
    ],
)
def test_production_shows_nothing_without_a_provider(
    settings, is_shown, draw: Draw, monkeypatch: pytest.MonkeyPatch
):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    page = draw("overview")
    if is_shown:
        assert not page.error
        assert "As of" in said(page)
    else:
        (error,) = page.error
        assert "asks everybody to sign in" in error.value
        assert "NIGHTQUEST_SIGN_IN=off" in error.value
        assert "As of" not in said(page)


def test_production_does_not_even_start_without_a_provider(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NIGHTQUEST_ENV", "production")
    started = subprocess.run(
        [sys.executable, "-m", "app"], cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    assert started.returncode == 2
    assert "The dashboard does not start: production asks everybody to sign in" in started.stderr
    assert "Traceback" not in started.stderr


def test_what_sessions_would_import_side_by_side_is_there_before_the_first() -> None:
    """Half of pandas was what a session found that another session had begun to import."""
    served = "cli.main = lambda _: print('pandas' in sys.modules)"
    started = subprocess.run(
        [sys.executable, "-c", f"import sys; from streamlit.web import cli; {served}; "
         "from app.__main__ import main; sys.argv = ['app']; main()"],
        cwd=PROJECT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert started.stdout.splitlines()[-1] == "True"


def test_a_manager_without_a_team_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NIGHTQUEST_MANAGERS", "leads")
    with pytest.raises(SettingsError, match=r"NIGHTQUEST_MANAGERS is wrong.*group=team"):
        load_settings()
