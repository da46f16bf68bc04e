"""A secret cannot be shown by accident, and is found again in whatever form it comes back."""

import base64
import copy
import json
import logging
import pickle
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycanary.secret import MASK, Masker, Secret

VALUE = "hunter2 & 'more' \"x\" \\$"
SECRET = Secret(VALUE)


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        ascii,
        "{}".format,
        "{!r}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
        lambda secret: str([secret, {"a": secret}]),
        lambda secret: str(ValueError(secret)),
        lambda secret: logging.LogRecord("x", 0, "x", 0, "%s", (secret,), None).getMessage(),
        lambda secret: json.dumps({"a": secret}, default=str),
    ],
)
def test_no_way_of_formatting_shows_it(show):
    assert "hunter2" not in show(SECRET)
    assert MASK in show(SECRET)


@pytest.mark.parametrize(
    "use",
    [
        "".join,
        lambda secret: "".join([secret]),
        lambda secret: "x" + secret,
        shlex.quote,
        json.dumps,
        bytes,
        pickle.dumps,
        copy.copy,
        len,
        iter,
    ],
)
def test_what_would_take_a_text_refuses_it(use):
    with pytest.raises(TypeError) as caught:
        use(SECRET)
    assert "hunter2" not in str(caught.value)


def test_only_reveal_gives_the_value():
    assert SECRET.reveal() == VALUE
    assert not hasattr(SECRET, "__dict__")


def test_secrets_are_compared_by_value():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


@pytest.mark.parametrize(
    "form",
    [
        str,
        shlex.quote,
        quote,
        lambda value: quote(value, safe=""),
        quote_plus,
        json.dumps,
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.b64encode(b"user:" + value.encode()).decode(),
        lambda value: base64.b64encode(b"a" + value.encode() + b"z").decode(),
    ],
)
def test_a_known_secret_is_masked_however_it_was_encoded(form):
    text = f"before {form(VALUE)} after"
    masked = Masker([SECRET]).mask(text)
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert form(VALUE).strip("'\"")[4:-4] not in masked
    assert MASK in masked


def test_a_secret_that_holds_another_leaves_no_tail():
    assert Masker([Secret("token"), Secret("token-long")]).mask("token-long token") == f"{MASK} {MASK}"


def test_secrets_are_added_as_they_become_known():
    masker = Masker()
    assert masker.mask("hunter2") == "hunter2"
    masker.add([Secret("hunter2")])
    assert masker.mask("hunter2") == MASK


@pytest.mark.parametrize("value", ["", "a", "abc"])
def test_what_is_too_short_to_be_a_secret_blanks_nothing(value):
    assert Masker([Secret(value)]).mask("abc a") == "abc a"


OTHER = st.characters(exclude_characters="*\0")


@given(st.text(OTHER, min_size=4, max_size=30), st.text(OTHER, max_size=20), st.text(OTHER, max_size=20))
def test_no_text_keeps_the_secret(value, before, after):
    assert value not in Masker([Secret(value)]).mask(f"{before}{value}{after}").replace(MASK, "\0")
