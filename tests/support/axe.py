"""What a person with a screen reader or weak eyes would stumble on, found by axe-core."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def serious(page: Page) -> list[str]:
    """Serious and critical violations on a page as it is shown now: the rule and the first place."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found if rule["impact"] in BAD]


BAD = ("serious", "critical")
