"""Other people's text stays text. The judge is a Markdown parser with everything on that Mattermost knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pycanary.notify.escape import LONGEST, link, literal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Fix the cart", "`Fix the cart`"),
        ("@channel @here @all @kim ~town-square", "`@channel @here @all @kim ~town-square`"),
        ("**bold** _it_ ~~no~~ # x | a | b |", "`**bold** _it_ ~~no~~ # x | a | b |`"),
        ("![x](http://e/x.png) <b>x</b> :tada:", "`![x](http://e/x.png) <b>x</b> :tada:`"),
        ("`code` ``` fence", "`ˋcodeˋ ˋˋˋ fence`"),
        ("one\n\n# two\r\n\tthree\u2028four\0", "`one # two three four`"),
        ("left\u202eright\u200b@\u200dx", "`left right @ x`"),
        ("e\u0301" + "\u0300" * 50 + "x", "`e\u0301\u0300x`"),
        ("\ud800x", "`x`"),
        ("", "–"),
        (" \n ", "–"),
        ("x" * 10_000, "`" + "x" * (LONGEST - 1) + "…`"),
        ("\\", "`\\`"),
    ],
)
def test_text_is_one_line_of_code(text, shown):
    assert literal(text) == shown


@given(st.text(st.one_of(st.sampled_from("`*_~@#|[]()<>!\\:\n\r -=+$&"), st.characters()), max_size=400))
def test_any_text_is_nothing_but_code(text):
    shown = literal(text)
    assert len(shown) <= LONGEST + 2
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(shown)
    assert [token.type for token in blocks] == ["paragraph_open", "inline", "paragraph_close"]
    assert [token.type for token in blocks[1].children] == ["text" if shown == "–" else "code_inline"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ci.example.com/job/shop/7/", "[open](https://ci.example.com/job/shop/7/)"),
        ("https://ci/job/a%20b (c)/7?x=1#y", "[open](https://ci/job/a%20b%20%28c%29/7?x=1#y)"),
        ("https://ci/) @channel [x](https://e", "[open](https://ci/%29%20@channel%20[x]%28https://e)"),
        ("https://ci/\n# x", "[open](https://ci/%0A#%20x)"),
        ("javascript:alert(1)", "open"),
        ("", "open"),
        (None, "open"),
    ],
)
def test_a_link_goes_where_it_says(address, shown):
    assert link("open", address) == shown


@given(st.text(max_size=60))
def test_any_address_is_one_link(rest):
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(link("open", f"https://ci/{rest}"))
    assert [token.type for token in blocks] == ["paragraph_open", "inline", "paragraph_close"]
    assert [token.type for token in blocks[1].children] == ["link_open", "text", "link_close"]
