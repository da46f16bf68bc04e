"""The page of a commit from whatever form the remote has, never with a password."""

import pytest

from pycanary.config.sections import Git
from pycanary.notify.links import commit_url

ID = "1a2b3c4d" * 5


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("git@gitlab.example.com:team/shop.git", "https://gitlab.example.com/team/shop"),
        ("git@gitlab.example.com:org/team/sub/shop.git", "https://gitlab.example.com/org/team/sub/shop"),
        ("gitlab.example.com:team/shop", "https://gitlab.example.com/team/shop"),
        ("ssh://git@gitlab.example.com:2222/org/team/shop.git", "https://gitlab.example.com/org/team/shop"),
        ("https://gitlab.example.com/org/team/shop.git", "https://gitlab.example.com/org/team/shop"),
        ("https://gitlab.example.com/org/team/shop/", "https://gitlab.example.com/org/team/shop"),
        ("https://gitlab.example.com:8443/team/shop.git", "https://gitlab.example.com:8443/team/shop"),
        ("http://gitlab.local/team/shop.git", "http://gitlab.local/team/shop"),
        ("https://gitlab.example.com/team/a b).git", "https://gitlab.example.com/team/a%20b%29"),
        ("https://gitlab.example.com/", None),
        ("/srv/git/shop.git", None),
        ("../shop.git", None),
        ("file:///srv/git/shop.git", None),
        ("C:\\git\\shop", None),
        ("shop", None),
    ],
)
def test_the_remote_gives_the_page(remote, page):
    assert commit_url(Git(remote=remote), ID) == (f"{page}/-/commit/{ID}" if page else None)


def test_a_password_is_left_out_even_where_none_was_validated():
    git = Git.model_construct(remote="https://u:hunter2@h.example.com/t/x.git", web=None)
    assert commit_url(git, ID) == f"https://h.example.com/t/x/-/commit/{ID}"


def test_the_named_web_address_wins():
    git = Git(remote="/srv/git/shop.git", web="https://gitlab.example.com/team/shop/")
    assert commit_url(git, ID) == f"https://gitlab.example.com/team/shop/-/commit/{ID}"
