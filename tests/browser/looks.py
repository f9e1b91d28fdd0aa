"""What axe and a ruler have to say of a page, as it is or in every look that it may have."""

from axe_playwright_python.sync_playwright import Axe

WIDTHS, CONTRAST = (360, 768, 1440), "color-contrast"
# Colours half-way are brought to their end. To wait would be for ever: what a closed menu holds does not move on.
STILL = "() => document.getAnimations().forEach(each => each.finish())"
RUN = """only => axe.run({ resultTypes: ["violations"], ...(only && { runOnly: only }) })
    .then(found => found.violations.map(each => [each.id, each.nodes.map(node => node.html)]))"""
TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


def barriers(page, *, only: str | None = None) -> list:
    """All rules, or one only. What nobody complains of is left in the browser: to carry it here takes longer."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    page.evaluate(STILL)
    too_wide = page.evaluate(TOO_WIDE)
    return page.evaluate(RUN, only) + ([f"{too_wide} px too wide"] if too_wide > 0 else [])


def assert_no_barrier_in_any_look(page):
    """At every width; in the dark it is contrast alone that can be another."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme, only in (("light", None), ("dark", CONTRAST)):
            page.emulate_media(color_scheme=theme)
            assert barriers(page, only=only) == [], f"at {width}, {theme}"
