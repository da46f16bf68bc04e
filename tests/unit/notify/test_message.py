"""Messages by exact content: the same fields in the same order, colour by outcome."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pycanary.model.deployment import DeploymentType
from pycanary.model.outcome import Outcome
from pycanary.model.release import Commit
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.notify.message import duration, message
from pycanary.notify.report import Report

ID = "1a2b3c4d" * 5
PAGE = f"https://gitlab.example.com/team/shop/-/commit/{ID}"
BEFORE = Weights.of_canary(1)


def report(**values):
    known = {
        "app": "shop",
        "type": DeploymentType.CANARY_AUTO,
        "outcome": Outcome.HELD,
        "commit": Commit(id=ID, author="Kim", message="\nFix the cart\n\nlong story"),
        "commit_url": PAGE,
        "who": "Lee",
        "reason": "push to develop",
        "weights_before": dict.fromkeys(("frontend", "backend"), BEFORE),
        "weights_after": dict.fromkeys(("frontend", "backend"), Weights.of_canary(700)),
        "duration_seconds": 185.4,
        "run_url": "https://ci.example.com/job/shop/7/",
        "log_url": "https://ci.example.com/job/shop/7/console",
    }
    return Report(**known | values)


def shown(made):
    (attachment,) = made["attachments"]
    return attachment["title"], [(field["title"], field["value"]) for field in attachment["fields"]]


def test_a_hold():
    assert message(report()) == {
        "attachments": [
            {
                "fallback": "shop: canary-auto held at 70%",
                "color": "#f9a825",
                "title": "shop: canary-auto held at 70%",
                "fields": [
                    {"title": "Commit", "value": f"[1a2b3c4d]({PAGE}) `Fix the cart`", "short": False},
                    {"title": "Author", "value": "`Kim`", "short": True},
                    {"title": "Started by", "value": "`Lee`", "short": True},
                    {"title": "Reason", "value": "`push to develop`", "short": False},
                    {"title": "Stable : canary", "value": "frontend, backend: 999:1 → 300:700", "short": False},
                    {"title": "Duration", "value": "3 min 5 s", "short": True},
                    {"title": "Run", "value": "[open](https://ci.example.com/job/shop/7/)", "short": True},
                ],
            }
        ]
    }


def test_a_failure_begins_with_where_and_why():
    made = report(
        outcome=Outcome.FAILED,
        weights_after=dict.fromkeys(("frontend", "backend"), BEFORE),
        out=Slot.CANARY,
        failed_stage="shift-40",
        failure="backend answered 500\n3 times",
        rolled_back_to="999:1",
        notes=("backend healthy by log only",),
        hosts=("h1", "h2"),
    )
    title, fields = shown(message(made))
    assert title == "shop: canary-auto failed"
    assert fields[:4] == [
        ("Failed stage", "`shift-40`"),
        ("Rolled back to", "`999:1`"),
        ("Why", "`backend answered 500 3 times`"),
        ("Log", "[open](https://ci.example.com/job/shop/7/console)"),
    ]
    assert fields[7:] == [
        ("Reason", "`push to develop`"),
        ("Stable : canary", "frontend, backend: 999:1\ncanary is out"),
        ("Duration", "3 min 5 s"),
        ("Run", "[open](https://ci.example.com/job/shop/7/)"),
        ("Hosts", "`h1`, `h2`"),
        ("Notes", "`backend healthy by log only`"),
    ]


def test_little_is_known():
    made = Report(app="shop", type=DeploymentType.ROLLBACK, outcome=Outcome.DONE)
    assert shown(message(made)) == ("shop: rollback done", [("Started by", "–"), ("Duration", "0 s")])


def test_services_that_moved_apart_have_a_line_each():
    after = {"frontend": Weights.of_canary(1), "backend": Weights.of_canary(50), "python": Weights.of_canary(50)}
    before = {"frontend": BEFORE, "backend": BEFORE}
    title, fields = shown(message(report(weights_before=before, weights_after=after)))
    assert title == "shop: canary-auto held at 0.1% and 5%"
    assert dict(fields)["Stable : canary"] == "frontend: 999:1\nbackend: 999:1 → 950:50\npython: 950:50"


def test_a_channel_is_only_named_where_it_is_configured():
    assert message(report(), "deployments")["channel"] == "deployments"


def test_where_a_person_is_needed_the_message_begins_with_what_to_do():
    made = report(outcome=Outcome.PERSON_NEEDED, failure="stable is down", remedy="run `pycanary status`\nand look")
    _, fields = shown(message(made))
    assert fields[:2] == [("What to do now", "`run pycanary status and look`"), ("Why", "`stable is down`")]


@pytest.mark.parametrize(
    ("outcome", "colour"),
    [
        (Outcome.DONE, "#2e7d32"),
        (Outcome.HELD, "#f9a825"),
        (Outcome.FAILED, "#c62828"),
        (Outcome.ABORTED, "#c62828"),
        (Outcome.PERSON_NEEDED, "#c62828"),
        (Outcome.TAKEN_OVER, "#757575"),
    ],
)
def test_the_colour_tells_the_outcome(outcome, colour):
    assert message(report(outcome=outcome))["attachments"][0]["color"] == colour


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.4, "0 s"), (59.6, "1 min 0 s"), (185.4, "3 min 5 s"), (3600, "1 h 0 min"), (7325, "2 h 2 min")],
)
def test_a_duration_is_for_people(seconds, text):
    assert duration(seconds) == text


def test_a_message_of_10_kb_stays_small():
    evil = "@channel [x](https://e.example.com) `" * 300
    made = message(report(commit=Commit(id=ID, author=evil, message=evil), who=evil, reason=evil, failure=evil))
    assert len(json.dumps(made)) < 4000


OTHERS = st.text(st.one_of(st.sampled_from("`*_~@#|[]()<>!\\:\n -=+$"), st.characters()), max_size=100)


@given(OTHERS, OTHERS, OTHERS, OTHERS)
def test_whatever_people_write_there_is_no_markup_but_ours(author, text, who, failure):
    made = report(
        commit=Commit(id=ID, author=author, message=text),
        who=who,
        reason=text,
        outcome=Outcome.FAILED,
        failed_stage=text,
        failure=failure,
        rolled_back_to=text,
        notes=(text, failure),
        hosts=(who, author),
    )
    plain, _ = shown(message(made))
    assert plain == "shop: canary-auto failed"
    for _, value in shown(message(made))[1]:
        blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(value)
        assert [token.type for token in blocks] == ["paragraph_open", "inline", "paragraph_close"]
        allowed = {"text", "code_inline", "link_open", "link_close", "softbreak"}
        assert {token.type for token in blocks[1].children} <= allowed
        links = {token.attrs["href"] for token in blocks[1].children if token.type == "link_open"}
        assert links <= {PAGE, made.run_url, made.log_url}
        outside = "".join(token.content for token in blocks[1].children if token.type == "text")
        assert "@" not in outside
    json.dumps(message(made)).encode()
