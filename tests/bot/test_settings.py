"""What the environment says, and what is wrong with it: all at once, in words, before anything is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.main import build
from bot.settings import Settings, SettingsError, read_settings, require_running

KEYS = {"HANDRAIL_SECRET_KEY": "a secret of at least sixteen", "HANDRAIL_WRITE_KEY": "the write key"}
SLACK = {"SLACK_BOT_TOKEN": "xoxb-very-secret", "SLACK_SIGNING_SECRET": "signing-secret"}
EMAIL = {
    "SENDGRID_API_KEY": "SG.very-secret",
    "HANDRAIL_FROM_EMAIL": "hello@tally.test",
    "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street, Hamburg",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder and an empty environment."""
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def the(monkeypatch: pytest.MonkeyPatch, *environments: dict[str, str], **more: str) -> Settings:
    for environment in (*environments, more):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
    return read_settings()


def refusal(settings: Settings) -> str:
    with pytest.raises(SettingsError) as refused:
        require_running(settings)
    return str(refused.value)


def test_with_nothing_set_every_name_is_missing_at_once():
    assert refusal(read_settings()) == (
        "Neither Slack nor e-mail is set up, so there is nothing to run. Missing: HANDRAIL_SECRET_KEY, HANDRAIL_WRITE_KEY, "
        "SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SENDGRID_API_KEY, HANDRAIL_FROM_EMAIL, HANDRAIL_POSTAL_ADDRESS."
    )


def test_both_channels_are_on_and_nothing_is_to_be_said(monkeypatch: pytest.MonkeyPatch):
    settings = the(monkeypatch, KEYS, SLACK, EMAIL)
    assert require_running(settings) == []
    assert (settings.slack_on, settings.email_on) == (True, True)


def test_a_channel_that_is_off_is_told_with_what_would_switch_it_on(monkeypatch: pytest.MonkeyPatch):
    [note] = require_running(the(monkeypatch, KEYS, SLACK))
    assert note == "E-mail is off: set SENDGRID_API_KEY, HANDRAIL_FROM_EMAIL, HANDRAIL_POSTAL_ADDRESS to switch it on."


def test_without_slack_the_team_is_told_what_it_costs(monkeypatch: pytest.MonkeyPatch):
    [note] = require_running(the(monkeypatch, KEYS, EMAIL))
    assert note.startswith("Slack is off: set SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET to switch it on.")
    assert "no case reaches your team" in note


@pytest.mark.parametrize("name", [*SLACK, *EMAIL])
def test_half_a_channel_is_a_mistake_and_no_choice(monkeypatch: pytest.MonkeyPatch, name: str):
    settings = the(monkeypatch, KEYS, {key: value for key, value in (SLACK | EMAIL).items() if key != name})
    assert refusal(settings) == f"Missing: {name}."


def test_two_half_channels_and_a_key_are_named_together(monkeypatch: pytest.MonkeyPatch):
    settings = the(monkeypatch, SLACK_BOT_TOKEN="xoxb", SENDGRID_API_KEY="SG", HANDRAIL_WRITE_KEY="w")
    assert refusal(settings) == "Missing: HANDRAIL_SECRET_KEY, SLACK_SIGNING_SECRET, HANDRAIL_FROM_EMAIL, HANDRAIL_POSTAL_ADDRESS."


def test_an_empty_value_is_a_missing_one(monkeypatch: pytest.MonkeyPatch):
    assert refusal(the(monkeypatch, KEYS, SLACK, HANDRAIL_SECRET_KEY="")) == "Missing: HANDRAIL_SECRET_KEY."


def test_bad_values_are_all_named_with_what_they_should_be(monkeypatch: pytest.MonkeyPatch):
    bad = {"PORT": "eighty", "HANDRAIL_BASE_URL": "localhost:8000", "SLACK_API_URL": "ftp://slack", "HANDRAIL_FROM_EMAIL": "hello"}
    with pytest.raises(SettingsError) as refused:
        the(monkeypatch, KEYS, bad)
    said = str(refused.value)
    assert said.startswith("These settings can't be read: ")
    assert "HANDRAIL_BASE_URL (it must begin with https:// or http://)" in said
    assert "HANDRAIL_FROM_EMAIL (it must be an address such as hello@example.com)" in said
    assert all(name in said for name in bad)


@pytest.mark.parametrize("port", ["-1", "65536", "8.5", "eighty"])
def test_a_port_is_a_port(monkeypatch: pytest.MonkeyPatch, port: str):
    with pytest.raises(SettingsError, match="PORT"):
        the(monkeypatch, PORT=port)


def test_what_is_missing_and_what_would_not_do_are_one_line(monkeypatch: pytest.MonkeyPatch):
    settings = the(monkeypatch, SLACK, HANDRAIL_SECRET_KEY="short", HANDRAIL_PROJECT="gone")
    assert refusal(settings) == (
        "Missing: HANDRAIL_WRITE_KEY. These can't be used: HANDRAIL_SECRET_KEY (it needs at least 16 characters), "
        "HANDRAIL_PROJECT (there is no folder gone)."
    )


def test_a_project_that_is_not_there_does_not_become_the_shipped_playbook(monkeypatch: pytest.MonkeyPatch):
    assert "HANDRAIL_PROJECT" in refusal(the(monkeypatch, KEYS, SLACK, HANDRAIL_PROJECT="/srv/acm"))


def test_no_env_file_is_needed_and_the_environment_goes_before_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert read_settings().company == "our team"
    (tmp_path / ".env").write_text("HANDRAIL_COMPANY=Filed\nSLACK_BOT_TOKEN=xoxb-filed\nSOMETHING_ELSE=1\n")
    settings = the(monkeypatch, HANDRAIL_COMPANY="Set")
    assert settings.company == "Set"
    assert settings.slack_bot_token is not None


def test_addresses_are_joined_with_one_slash(monkeypatch: pytest.MonkeyPatch):
    settings = the(
        monkeypatch, HANDRAIL_BASE_URL="https://hello.tally.test/", SLACK_API_URL="http://127.0.0.1/api", SENDGRID_API_URL="http://mail/"
    )
    assert (settings.base_url, settings.slack_api_url, settings.sendgrid_api_url) == (
        "https://hello.tally.test", "http://127.0.0.1/api/", "http://mail",
    )  # fmt: skip


def test_a_platform_that_gives_a_port_is_listened_to_from_outside(monkeypatch: pytest.MonkeyPatch):
    assert (read_settings().host, read_settings().port) == ("127.0.0.1", 8000)
    settings = the(monkeypatch, PORT="5000")
    assert (settings.host, settings.port) == ("0.0.0.0", 5000)


def test_the_folder_one_stands_in_is_the_project_when_it_looks_like_one(tmp_path: Path):
    assert read_settings().project_dir is None
    (tmp_path / "playbooks").mkdir()
    assert read_settings().project_dir == tmp_path


def test_no_secret_shows_in_what_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    secrets = {"DATABASE_URL": f"sqlite:///{tmp_path}/hunter2.db", "SLACK_APP_TOKEN": "xapp-very-secret"} | KEYS | SLACK | EMAIL
    settings = the(monkeypatch, secrets)
    house: Any = build(settings)
    printed = f"{settings!r} {settings} {house!r}"
    house.stop()
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SENDGRID_API_KEY", *KEYS):
        assert secrets[name] not in printed, name
    assert "hunter2" not in repr(settings)


def test_a_mistake_never_quotes_the_secret(monkeypatch: pytest.MonkeyPatch):
    assert "tiny-secret" not in refusal(the(monkeypatch, SLACK, HANDRAIL_SECRET_KEY="tiny-secret"))


# One workspace or many

MANY = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "client-secret", "SLACK_SIGNING_SECRET": "sign", "HANDRAIL_CSM_TEAM": "T0TALLY"}
ONE_BY_SOCKET = {"SLACK_BOT_TOKEN": "xoxb-very-secret", "SLACK_APP_TOKEN": "xapp-very-secret"}


@pytest.mark.parametrize(("given", "mode"), [(SLACK, "http"), (ONE_BY_SOCKET, "socket"), (SLACK | ONE_BY_SOCKET, "socket"), (MANY, "many")])
def test_what_is_set_says_how_slack_runs(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], mode: str):
    settings = the(monkeypatch, KEYS, EMAIL, given)
    assert require_running(settings) == []
    assert settings.slack_mode == mode


@pytest.mark.parametrize("name", MANY)
def test_of_many_workspaces_half_is_a_mistake(monkeypatch: pytest.MonkeyPatch, name: str):
    settings = the(monkeypatch, KEYS, EMAIL, {key: value for key, value in MANY.items() if key != name})
    assert refusal(settings) == f"Missing: {name}."


def test_a_client_id_alone_names_everything_else_at_once(monkeypatch: pytest.MonkeyPatch):
    assert refusal(the(monkeypatch, KEYS, SLACK_CLIENT_ID="1.2")) == (
        "Missing: SLACK_CLIENT_SECRET, SLACK_SIGNING_SECRET, HANDRAIL_CSM_TEAM."
    )


def test_an_app_token_alone_lacks_the_bots(monkeypatch: pytest.MonkeyPatch):
    assert refusal(the(monkeypatch, KEYS, SLACK_APP_TOKEN="xapp")) == "Missing: SLACK_BOT_TOKEN."


def test_one_and_many_at_once_is_a_mistake(monkeypatch: pytest.MonkeyPatch):
    said = refusal(the(monkeypatch, KEYS, MANY, ONE_BY_SOCKET))
    assert "SLACK_BOT_TOKEN (with SLACK_CLIENT_ID every workspace gives its own token: leave it out)" in said
    assert "SLACK_APP_TOKEN (Socket Mode is for one workspace" in said


@pytest.mark.parametrize("keys", ["short", "not base64 at all, really not", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,short"])
def test_keys_that_encrypt_nothing_are_refused_and_never_quoted(monkeypatch: pytest.MonkeyPatch, keys: str):
    said = refusal(the(monkeypatch, KEYS, MANY, HANDRAIL_TOKEN_KEYS=keys))
    assert "HANDRAIL_TOKEN_KEYS (each is 32 random bytes" in said
    assert keys not in said


def test_keys_come_newest_first(monkeypatch: pytest.MonkeyPatch):
    one, two = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqMDE="
    settings = the(monkeypatch, KEYS, MANY, HANDRAIL_TOKEN_KEYS=f" {one}, {two},")
    assert settings.fernet_keys == [one, two]
    assert one not in repr(settings)


def test_the_vendors_workspace_is_named_by_its_id(monkeypatch: pytest.MonkeyPatch):
    assert "HANDRAIL_CSM_TEAM (it must be a workspace's id" in refusal(the(monkeypatch, KEYS, MANY, HANDRAIL_CSM_TEAM="tally.slack.com"))
