"""What a person with a screen reader or weak eyes would stumble on, found by axe-core."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def serious(page: Page) -> list[str]:
    """Serious and critical violations on a page as it is shown once nothing moves: the rule and the first place."""
    page.evaluate(STILL)
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found if rule["impact"] in BAD]


BAD = ("serious", "critical")

STILL = """() => Promise.all(
    document.getAnimations()
        .filter((animation) => animation.playState === "running")
        .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
        .map((animation) => animation.finished.catch(() => {})),
)"""
"""What fades in has other colours until it is there; what moves for ever is not waited for."""
