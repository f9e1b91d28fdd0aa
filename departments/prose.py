"""What people write, as HTML that does nothing: a little Markdown, and who is mentioned in it. No Django.

Bold, italics, lists, quotes, code and links; what else Markdown has stays as it was typed. Two locks on one door: the
parser makes no HTML of HTML, and only a few harmless tags are let through after it.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 5000  # characters of a text
DEEPEST = 20  # lists and quotes within each other
MOST_NAMED = 50  # mentions of one text
MOST_BRACKETS = 300  # with thousands, looking for links takes as long as the square of their number
TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre", "a", "span"}
ATTRIBUTES = {"a": {"href"}, "span": {"class", "title"}, "ol": {"start"}}
UNSUPPORTED = ["image", "heading", "lheading", "hr", "code", "reference", "html_block", "html_inline"]
NEW_LINE = "\n"
LEADS_ON = re.compile(r"https?://|mailto:|/|#", re.IGNORECASE)
SPOKEN = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)\]'’”])|(?<![\w@./+-])@(?P<name>\w(?:[\w.@+-]*\w)?)",
)


def links_and_mentions(state):
    """Addresses typed as they are become links, and `@name` a token of its own; in code and links nothing does."""
    for block in state.tokens:
        if block.type != "inline":
            continue
        found, within = [], 0
        for token in block.children:
            within += token.nesting if token.type in ("link_open", "link_close") else 0
            found += spoken(token.content) if token.type == "text" and not within else [token]
        block.children = found


def spoken(text: str) -> Iterator[Token]:
    done = 0
    for match in SPOKEN.finditer(text):
        yield plain(text[done : match.start()])
        done = match.end()
        if match["name"]:
            yield Token("mention", "", 0, content=match["name"])
        else:
            yield Token("link_open", "a", 1, attrs={"href": match["url"]})
            yield plain(match["url"])
            yield Token("link_close", "a", -1)
    yield plain(text[done:])


def plain(text: str) -> Token:
    return Token("text", "", 0, content=text)


def mention(renderer, tokens, index, options, env) -> str:
    """Somebody's name instead of their log-in; somebody who is not told is a word like any other."""
    login = tokens[index].content
    if (name := env.get(login.casefold())) is None:
        return escape(f"@{login}")
    return f'<span class="mention" title="{escape(login)}">@{escape(name)}</span>'


PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 5 * DEEPEST}).disable(UNSUPPORTED)
PARSER.validateLink = lambda address: bool(LEADS_ON.match(address))
PARSER.core.ruler.push("links_and_mentions", links_and_mentions)
PARSER.add_render_rule("mention", mention)


def parsed(text: str) -> list[Token]:
    return PARSER.parse(text) if text.count("[") <= MOST_BRACKETS else []


def rendered(text: str, names: Mapping[str, str] | None = None) -> str:
    """Safe HTML of a text. `names`: what those are called who are mentioned, by their log-in in small letters.

    A text beyond DEEPEST or MOST_BRACKETS is shown as it was typed.
    """
    env = dict(names or {})
    tokens = parsed(text)
    if not tokens or any(token.level > 2 * DEEPEST for token in tokens):
        return f"<p>{escape(text).replace(NEW_LINE, '<br>')}</p>"
    html = PARSER.renderer.render(tokens, PARSER.options, env)
    schemes = {"http", "https", "mailto"}
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=schemes, link_rel="nofollow noopener")


def mentioned(text: str) -> list[str]:
    """The log-ins that a text mentions, as they were typed, each once and in order; at most MOST_NAMED."""
    inline = (child for token in parsed(text) for child in token.children or ())
    return list(dict.fromkeys(token.content for token in inline if token.type == "mention"))[:MOST_NAMED]
