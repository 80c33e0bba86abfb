"""Can everybody use every screen of the bedside app, by day and by night, on the narrowest phone?"""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.stories.bedside_screens import APP, CAMERA, SIZES, screens, stand_in_server
from tests.stories.conftest import FLAGS, browser_program

AXE = APP / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = """async (rules) => {
    const found = await axe.run(document, { runOnly: rules });
    const faults = found.violations.map((each) => each.id + ": " + each.nodes.map((node) => node.html).join(" "));
    if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the screen");
    for (const each of document.querySelectorAll("button, input, textarea, a")) {
        const { width, height } = each.getBoundingClientRect();
        const isTarget = width > 0 && !each.closest("[inert]") && each.type !== "file";
        if (isTarget && (width < 48 || height < 48)) faults.push("under 48 px: " + each.outerHTML.slice(0, 120));
    }
    for (const each of document.querySelectorAll(".medicine, .strength, .dose, .instructions li, .allergy, .who h1")) {
        const style = getComputedStyle(each);
        const isCut = each.scrollWidth > each.clientWidth + 1 || style.textOverflow === "ellipsis";
        if (isCut || style.webkitLineClamp !== "none") faults.push("cut short: " + each.textContent);
    }
    return faults;
}"""


@pytest.mark.parametrize("theme", ["day", "night"])
@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.hazard("H14", control="names, strengths and instructions are never cut short", shows="works")
@pytest.mark.hazard("H18", control="every screen keeps the accessibility rules, by day and by night", shows="works")
def test_every_screen_keeps_the_rules_of_accessibility(chromium: Browser, width: int, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("its npm packages are not installed: make test does that")
    seen, faults = 0, {}
    with stand_in_server() as address:
        browser = chromium.browser_type.launch(executable_path=browser_program(), args=FLAGS + CAMERA)
        context = browser.new_context(
            base_url=address, viewport={"width": width, "height": SIZES[width]}, locale="en-GB", bypass_csp=True
        )
        page = context.new_page()
        page.add_init_script(path=AXE)
        for name in screens(page, theme):
            found = _faults(page)
            seen += 1
            if found:
                faults[name] = found
        browser.close()
    assert seen > 55
    assert not faults, json.dumps(faults, indent=1)


def _faults(page: Page) -> Any:
    page.wait_for_timeout(100)
    return page.evaluate(FAULTS, RULES)


def test_the_shell_is_small_enough_for_a_slow_first_load() -> None:
    built = APP.parent / "static" / "bedside" / "build.json"
    if not built.exists():
        pytest.skip("needs the built bedside app (make test builds it)")
    sizes = json.loads(built.read_text())["sizes"]
    assert 0 < sizes["first"] <= 60 * 1024
