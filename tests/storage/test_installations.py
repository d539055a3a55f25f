"""Where we are installed, as it is kept: encrypted, replaced whole, deleted at once, and never fought over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from databases import all_that_is_written
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Installation

from bot.slack.installations import Installations
from bot.slack.token_box import TokenBox, Unreadable, token_box
from storage.database import connect
from storage.installations import InstallationRows

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
SECRET = "a secret of at least sixteen"


@pytest.fixture
def rows(url: str) -> InstallationRows:
    return InstallationRows(connect(url))


@pytest.fixture
def kept(rows: InstallationRows) -> Callable[..., Installations]:
    """The store, with these keys."""

    def found(*keys: str) -> Installations:
        return Installations(rows, TokenBox(keys or (OLD,)), lambda: NOW)

    return found


def acme(**changed: object) -> Installation:
    given: dict[str, object] = {
        "app_id": "A1", "team_id": "T_ACME", "team_name": "Acme", "bot_token": "xoxb-acme", "bot_id": "B1", "bot_user_id": "U_BOT",
        "bot_scopes": "chat:write,im:write", "user_id": "U_BEN", "user_token": "xoxp-bens-own",
    }  # fmt: skip
    return Installation(**(given | changed))  # type: ignore[arg-type]


def test_what_was_saved_is_found_as_slack_sdk_wants_it(kept: Callable[..., Installations]):
    store = kept()
    store.save(acme(bot_refresh_token="xoxe-1", bot_token_expires_in=43_200))
    bot = store.find_bot(enterprise_id=None, team_id="T_ACME")
    assert bot is not None
    assert (bot.bot_token, bot.bot_refresh_token, bot.bot_user_id, list(bot.bot_scopes)) == (
        "xoxb-acme", "xoxe-1", "U_BOT", ["chat:write", "im:write"],
    )  # fmt: skip
    found = store.find_installation(enterprise_id=None, team_id="T_ACME")
    assert found is not None
    assert (found.user_id, found.user_token, found.team_name) == ("U_BEN", None, "Acme")
    assert store.find_bot(enterprise_id=None, team_id="T_OTHER") is None


def test_an_organisation_is_found_from_each_of_its_workspaces(kept: Callable[..., Installations]):
    store = kept()
    store.save(acme(team_id=None, enterprise_id="E_BIG", enterprise_name="Big", is_enterprise_install=True))
    bot = store.find_bot(enterprise_id="E_BIG", team_id="T_ONE_OF_THEM", is_enterprise_install=True)
    assert bot is not None
    assert (bot.enterprise_id, bot.team_id) == ("E_BIG", None)
    assert store.find_bot(enterprise_id="E_BIG", team_id="T_ONE_OF_THEM") is not None


def test_no_token_stands_in_the_database(kept: Callable[..., Installations], url: str):
    kept().save(acme(bot_refresh_token="xoxe-refresh"))
    raw = all_that_is_written(url)
    assert b"T_ACME" in raw
    for token in (b"xoxb-acme", b"xoxe-refresh", b"xoxp-bens-own"):
        assert token not in raw


def test_an_installation_without_a_bot_is_refused(kept: Callable[..., Installations]):
    with pytest.raises(BoltError):
        kept().save(acme(bot_token=None))


def test_removing_deletes_the_tokens_and_remembers_why(kept: Callable[..., Installations], rows: InstallationRows):
    store = kept()
    store.save(acme())
    assert store.remove("T_ACME", "app_uninstalled")
    assert not store.remove("T_ACME", "app_uninstalled")
    assert store.find_bot(enterprise_id=None, team_id="T_ACME") is None
    gone = rows.find("T_ACME")
    assert gone is not None
    assert (gone.token, gone.removed_why, gone.removed_at) == ("", "app_uninstalled", NOW)
    store.save(acme(bot_token="xoxb-again"))
    again = rows.find("T_ACME")
    assert again is not None
    assert (again.removed_why, again.removed_at, again.version) == ("", None, 3)


def test_a_newer_installation_outlives_the_removal_of_an_older_one(kept: Callable[..., Installations]):
    store = kept()
    store.save(acme())
    before = store.find("T_ACME")
    store.save(acme(bot_token="xoxb-newer"))
    assert not store.remove("T_ACME", "token_revoked", found=before)
    assert store.find("T_ACME") is not None


def test_of_two_who_renew_one_is_first(kept: Callable[..., Installations], rows: InstallationRows):
    kept().save(acme())
    before = rows.find("T_ACME")
    assert before is not None
    soon = NOW + timedelta(hours=12)
    assert rows.renew(before, token="one", refresh_token="r", expires_at=soon, key="k")
    assert not rows.renew(before, token="two", refresh_token="r", expires_at=soon, key="k")
    found = rows.find("T_ACME")
    assert found is not None
    assert found.token == "one"


# Keys


def test_an_older_key_still_opens_and_the_newest_takes_over(kept: Callable[..., Installations]):
    kept(OLD).save(acme(bot_refresh_token="xoxe-1"))
    both = kept(NEW, OLD)
    assert both.find_bot(enterprise_id=None, team_id="T_ACME") is not None
    assert both.rotate_keys() == 1
    assert both.rotate_keys() == 0
    bot = kept(NEW).find_bot(enterprise_id=None, team_id="T_ACME")
    assert bot is not None
    assert (bot.bot_token, bot.bot_refresh_token) == ("xoxb-acme", "xoxe-1")
    assert kept(OLD).find_bot(enterprise_id=None, team_id="T_ACME") is None


def test_a_token_without_its_key_counts_as_not_installed_and_is_told_without_a_secret(
    kept: Callable[..., Installations], caplog: pytest.LogCaptureFixture
):
    kept(OLD).save(acme())
    store = kept(OTHER)
    assert store.find_bot(enterprise_id=None, team_id="T_ACME") is None
    assert store.find_bot(enterprise_id=None, team_id="T_ACME") is None
    assert store.rotate_keys() == 0
    assert store.unreadable == {"T_ACME"}
    assert [r.getMessage() for r in caplog.records] == [
        "the token of T_ACME can't be decrypted: none of the keys fits; it has to be installed again"
    ]
    assert kept(OLD).find_bot(enterprise_id=None, team_id="T_ACME") is not None  # the key came back: nothing was lost


def test_without_keys_one_follows_from_the_secret_and_is_none_of_the_others():
    box, again, other = token_box([], SECRET), token_box([], SECRET), token_box([], SECRET + "!")
    assert again.open(box.close("xoxb")) == "xoxb"
    with pytest.raises(Unreadable):
        other.open(box.close("xoxb"))
    assert SECRET not in f"{box!r}{box.mark}"


@pytest.mark.parametrize("damaged", ["x", "gAAAA", "é", " "])
def test_what_is_damaged_is_unreadable_and_nothing_worse(damaged: str):
    with pytest.raises(Unreadable):
        TokenBox([OLD]).open(damaged)
    with pytest.raises(Unreadable):
        TokenBox([OLD]).renewed(damaged)


# States


def test_a_state_remembers_whose_it_is_and_is_used_once(rows: InstallationRows):
    rows.expect("s1", "ben", NOW, NOW + timedelta(minutes=10))
    assert rows.waits("ben")
    assert rows.whose("s1") == "ben"
    assert rows.consume("s1", NOW) == "ben"
    assert rows.consume("s1", NOW) is None
    assert not rows.waits("ben")
    assert rows.whose("s1") == ""


def test_who_waits_is_forgotten_after_a_month_or_when_they_came(rows: InstallationRows):
    rows.expect("old", "ben", NOW - timedelta(days=31), NOW)
    rows.expect("new", "lia", NOW, NOW + timedelta(minutes=10))
    rows.expect("passer-by", None, NOW - timedelta(minutes=11), NOW - timedelta(minutes=1))
    assert rows.forget_states(NOW - timedelta(days=30), NOW) == 2
    assert [rows.waits(who) for who in ("ben", "lia")] == [False, True]
    rows.settle(["lia"])
    assert not rows.waits("lia")
