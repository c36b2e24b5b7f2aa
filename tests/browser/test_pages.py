import re

import pytest
from playwright.sync_api import Page, expect

PAGES = {
    "Overview": "/",
    "Leaderboards": "/leaderboards?board=xp_7d&developer=github:22",
    "Developer": "/developer?developer=github:7",
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
