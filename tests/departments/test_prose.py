"""What people write does nothing but show: whatever they write."""

import re

import pytest

from departments.prose import LONGEST, mentioned, rendered

HARMLESS = {
    "p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre", "a", "span",
}  # fmt: skip


def tags(html):
    return re.findall(r"<\s*/?\s*([a-zA-Z!?][^\s/>]*)", html)


def attributes(html):
    return {name for tag in re.findall(r"<[^>]+>", html) for name in re.findall(r'\s([^\s=<>"]+)="', tag)}


def test_bold_italics_lists_code_quotes_and_links_are_shown():
    html = rendered("**yes** *no* `x < y`\n\n- one\n- two\n\n> said\n\n[here](https://example.org/a?b=1)")
    for made in ("<strong>yes</strong>", "<em>no</em>", "<code>x &lt; y</code>", "<li>one</li>", "<blockquote>"):
        assert made in html, made
    assert '<a href="https://example.org/a?b=1" rel="nofollow noopener">here</a>' in html


def test_a_line_break_is_one_and_an_address_a_link_without_the_full_stop_after_it():
    html = rendered("First.\nSee https://example.org/a_b_c.")
    assert "First.<br>" in html
    assert '<a href="https://example.org/a_b_c" rel="nofollow noopener">https://example.org/a_b_c</a>.' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b onclick='alert(1)'>x</b>",
        "<svg/onload=alert(1)>",
        "<style>body{display:none}</style>",
        "<!-- <script>alert(1)</script> -->",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](&#x6A&#x61vascript:alert(1))",
        "[x](<javascript:alert(1)>)",
        "[x](vbscript:msgbox(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](data:image/svg+xml,<svg/onload=alert(1)>)",
        "[x](file:///etc/passwd)",
        "<javascript:alert(1)>",
        "<data:text/html,x>",
        "![x](https://example.org/pixel.png)",
        "![x](javascript:alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
        '[x](https://example.org "onmouseover=alert(1)")',
        '[x](https://example.org/"onmouseover="alert(1))',
        'https://example.org/"onmouseover="alert(1)',
        "https://example.org/<script>alert(1)</script>",
        "`<script>alert(1)</script>`",
        "```html\n<script>alert(1)</script>\n```",
        '```" onmouseover=alert(1)\nx\n```',
        "# <script>alert(1)</script>",
        "a | b\n- | -\n<script> | x",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "@<script>alert(1)</script>",
        '@ines"onmouseover="alert(1)',
    ],
)
def test_nothing_that_acts_or_loads_comes_through(text):
    html = rendered(text, {"ines": "<img src=x onerror=alert(1)>"})
    assert set(tags(html)) <= HARMLESS
    assert attributes(html) <= {"href", "rel", "class", "title"}
    for address in re.findall(r'href="([^"]*)"', html):
        assert re.match(r"https?://|mailto:|/|#", address), address


def test_a_name_does_not_act_either():
    html = rendered("@ines", {"ines": "<img src=x onerror=alert(1)>"})
    assert html == '<p><span class="mention" title="ines">@&lt;img src=x onerror=alert(1)&gt;</span></p>\n'


@pytest.mark.parametrize("unit", ["> ", "- ", "1. ", "[", "![", "[a](", "*a **a ", "_a*", "`", "<a ", "@a", "\\", "&"])
def test_however_deep_it_nests_it_is_shown_at_once(unit):
    text = (unit * LONGEST)[:LONGEST]
    html = rendered(text)
    assert html.count("<blockquote>") + html.count("<ul>") + html.count("<ol>") <= 42
    assert set(tags(html)) <= HARMLESS


def test_what_is_too_deep_to_be_made_is_shown_as_it_was_typed():
    assert "&gt; &gt; &gt;" in rendered("> " * 200 + "end\nof it")
    assert "end<br>of it" in rendered("> " * 200 + "end\nof it")
    assert rendered("[" * 4000).count("[") == 4000


def test_headings_rules_and_pictures_stay_as_they_were_typed():
    html = rendered("# Title\n\n***\n\nUnder\n=====\n\n    indented")
    assert set(tags(html)) == {"p", "br"}
    for typed in ("# Title", "***", "=====", "indented"):
        assert typed in html


def test_mentions_are_found_once_each_but_not_in_code_links_or_addresses():
    text = "@ines.albrecht, ask @bob! (@Cleo) @bob @a-b_c. `@code` [@link](/x) mail@example.org https://x.org/@path\n\n```\n@pre\n```"
    assert mentioned(text) == ["ines.albrecht", "bob", "Cleo", "a-b_c"]


def test_who_is_mentioned_is_named_and_nobody_else_is():
    html = rendered("@Ines and @nobody", {"ines": "Ines Albrecht"})
    assert html == '<p><span class="mention" title="Ines">@Ines Albrecht</span> and @nobody</p>\n'
