import csv
import re
from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Download, Page, expect

PAGES = {
    "Overview": "/",
    "Leaderboards": "/leaderboards?board=xp_7d&developer=github:22",
    "Developer": "/developer?developer=github:7",
    "Missions": "/missions",
    "Badges": "/badges",
    "Teams": "/teams?team=github:902",
    "What's new": "/news?days=30",
    "Rules": "/rules",
    "Data health": "/health",
}
#: On a page's own path Streamlit first looks for its server below that path, and goes on.
PROBES = ("/_stcore/health", "/_stcore/host-config")


def open_page(page: Page, path: str) -> list[str]:
    """Open a path, wait until it is drawn, and return what went wrong in the console."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            if message.type in ("error", "warning") and "404" not in message.text
            else None
        ),
    )
    page.on(
        "response",
        lambda response: (
            problems.append(f"{response.status} {response.url}")
            if response.status >= 400 and not response.url.endswith(PROBES)
            else None
        ),
    )
    page.goto(path)
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return problems


@pytest.mark.parametrize("title", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (400, "dark")])
def test_each_page_opens_whole_and_without_a_word_in_the_console(page: Page, title, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    problems = open_page(page, PAGES[title])
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    for chart in page.get_by_test_id("stVegaLiteChart").all():
        expect(chart.locator("canvas, svg").first).to_be_visible()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert problems == []
    assert unreadable(page) == []


def unreadable(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA, less what Streamlit itself draws so."""
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
    # What passes is not told in full: that took twice as long on the largest pages.
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def test_the_page_asks_no_other_machine(page: Page, address: str):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, PAGES["Developer"])
    own = (address, address.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


def test_a_chosen_board_ends_up_in_the_url_and_survives_a_reload(page: Page):
    open_page(page, "/leaderboards")
    page.get_by_role("radio", name="Current streak").or_(
        page.get_by_role("button", name="Current streak")
    ).click()
    expect(page).to_have_url(re.compile(r"board=streak_current"))
    page.reload()
    expect(page.get_by_role("heading", name="Current streak")).to_be_visible()


def test_a_name_on_a_board_leads_to_the_developer(page: Page):
    open_page(page, "/leaderboards")
    page.get_by_role("link", name="ada").first.click()
    expect(page).to_have_url(re.compile(r"/developer\?developer=github(%3A|:)1$"))
    expect(page.get_by_role("heading", name="ada")).to_be_visible()
    expect(page.get_by_text("745 XP to level 10")).to_be_visible()


def test_the_search_leads_to_a_developer(page: Page):
    open_page(page, "/developer")
    page.get_by_label("Find a developer by login").fill("dev-2")
    page.get_by_role("link", name="dev-21").click()
    expect(page).to_have_url(re.compile(r"developer=github(%3A|:)21$"))
    expect(page.get_by_role("heading", name="dev-21")).to_be_visible()


def downloaded(page: Page, name: str) -> Download:
    """The file that a button of the page's download menu gives."""
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    return download.value


def test_what_is_shown_can_be_taken_along(page: Page, tmp_path: Path):
    open_page(page, "/leaderboards?board=xp_all_time")
    as_csv = downloaded(page, "CSV")
    assert as_csv.suggested_filename == "nightquest-xp_all_time-2026-03-31.csv"
    as_csv.save_as(tmp_path / "board.csv")
    with (tmp_path / "board.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    assert (rows[0]["developer_id"], float(rows[0]["score"])) == ("github:1", 7355)
    page.keyboard.press("Escape")
    page.reload()
    downloaded(page, "Parquet").save_as(tmp_path / "board.parquet")
    assert pl.read_parquet(tmp_path / "board.parquet")["rank"].to_list()[:3] == [1, 2, 3]


def test_a_filter_ends_up_in_the_url(page: Page):
    open_page(page, "/badges")
    page.get_by_role("radio", name="Epic").or_(page.get_by_role("button", name="Epic")).click()
    expect(page).to_have_url(re.compile(r"rarity=epic"))
    expect(page.get_by_text("Week Warrior")).to_have_count(0)
    expect(page.get_by_text("Study Legend")).to_be_visible()


def test_a_board_can_be_chosen_by_keyboard_alone(page: Page):
    open_page(page, "/leaderboards")
    chosen = page.get_by_role("radio", name="XP, all time")
    for _ in range(40):
        page.keyboard.press("Tab")
        if chosen.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(r"board=xp_7d"))
