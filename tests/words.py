"""What a page says, without its marks."""

import re


def unmarked(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace(" ,", ",").strip()


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.text))


def without_tokens(response) -> str:
    """The page without what is drawn by lot for each of its forms."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.text)
