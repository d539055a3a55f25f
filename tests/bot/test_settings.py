"""What the environment says, and what is wrong with it: all at once, in words, before anything is opened."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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
        "SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SENDGRID_API_KEY or SMTP_URL, HANDRAIL_FROM_EMAIL, HANDRAIL_POSTAL_ADDRESS."
    )


def test_both_channels_are_on_and_nothing_is_to_be_said(monkeypatch: pytest.MonkeyPatch):
    settings = the(monkeypatch, KEYS, SLACK, EMAIL)
    assert require_running(settings) == []
    assert (settings.slack_on, settings.email_on) == (True, True)


def test_a_channel_that_is_off_is_told_with_what_would_switch_it_on(monkeypatch: pytest.MonkeyPatch):
    [note] = require_running(the(monkeypatch, KEYS, SLACK))
    assert note == "E-mail is off: set SENDGRID_API_KEY or SMTP_URL, HANDRAIL_FROM_EMAIL, HANDRAIL_POSTAL_ADDRESS to switch it on."


def test_without_slack_the_team_is_told_what_it_costs(monkeypatch: pytest.MonkeyPatch):
    [note] = require_running(the(monkeypatch, KEYS, EMAIL))
    assert note.startswith("Slack is off: set SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET to switch it on.")
    assert "no case reaches your team" in note


@pytest.mark.parametrize("name", [*SLACK, *EMAIL])
def test_half_a_channel_is_a_mistake_and_no_choice(monkeypatch: pytest.MonkeyPatch, name: str):
    settings = the(monkeypatch, KEYS, {key: value for key, value in (SLACK | EMAIL).items() if key != name})
    assert refusal(settings) == f"Missing: {'SENDGRID_API_KEY or SMTP_URL' if name == 'SENDGRID_API_KEY' else name}."


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


# E-mail

BY_SMTP = {
    "SMTP_URL": "smtp://kim:hunter%402@mail.tally.test",
    "HANDRAIL_FROM_EMAIL": "hello@tally.test",
    "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street",
}


def test_mail_goes_by_smtp_as_well(monkeypatch: pytest.MonkeyPatch):
    settings = the(monkeypatch, KEYS, SLACK, BY_SMTP)
    assert (require_running(settings), settings.email_on) == ([], True)
    server = settings.smtp_server
    assert server is not None
    assert (server.host, server.port, server.security, server.user, server.password) == (
        "mail.tally.test",
        587,
        "starttls",
        "kim",
        "hunter@2",
    )


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://mail.tally.test", 587, "starttls"),
        ("smtp://mail.tally.test:25/", 25, "starttls"),
        ("smtps://kim:pass@mail.tally.test", 465, "tls"),
        ("smtp://kim:pass@localhost:1025?tls=none", 1025, "none"),
        ("smtp://[::1]:1025?tls=none", 1025, "none"),
    ],
)
def test_an_address_says_where_mail_goes_and_how_secret_it_is(monkeypatch: pytest.MonkeyPatch, url: str, port: int, security: str):
    settings = the(monkeypatch, KEYS, SLACK, BY_SMTP, SMTP_URL=url)
    require_running(settings)
    assert settings.smtp_server is not None
    assert (settings.smtp_server.port, settings.smtp_server.security) == (port, security)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mail.tally.test:587", "it must look like smtp://"),
        ("http://kim:hunter2@mail.tally.test", "it must look like smtp://"),
        ("smtp://kim:hunter2@", "it must look like smtp://"),
        ("smtp://kim:hunter2/3@mail.tally.test", "it can't be read"),
        ("smtp://kim@mail.tally.test", "a user needs a password"),
        ("smtp://kim:hunter2@mail.tally.test?tls=none", "the password would be read on the way"),
        ("smtp://mail.tally.test?tls=maybe", "there can only be tls=none"),
        ("smtps://mail.tally.test?tls=none", "contradicts"),
        ("smtp://kim:hunter2\u00e9@mail.tally.test", "ASCII"),
    ],
)
def test_a_bad_address_is_told_and_never_quoted(monkeypatch: pytest.MonkeyPatch, url: str, why: str):
    said = refusal(the(monkeypatch, KEYS, SLACK, BY_SMTP, SMTP_URL=url))
    assert "SMTP_URL (" in said
    assert why in said
    assert "hunter2" not in said


def test_mail_goes_one_way_and_not_two(monkeypatch: pytest.MonkeyPatch):
    assert "SMTP_URL (SENDGRID_API_KEY is set too, and mail goes one way" in refusal(the(monkeypatch, KEYS, SLACK, EMAIL, BY_SMTP))


def test_the_password_of_the_mail_server_shows_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    settings = the(
        monkeypatch, KEYS, SLACK, BY_SMTP, DATABASE_URL=f"sqlite:///{tmp_path}/town.db", HANDRAIL_INBOUND_SECRET="inbound-secret-1234"
    )
    house: Any = build(settings)
    printed = f"{settings!r} {settings} {settings.smtp_server!r} {house!r}"
    house.stop()
    assert not [secret for secret in ("hunter", "inbound-secret-1234") if secret in printed]


def test_mail_that_stays_in_europe_goes_to_sendgrids_house_there(monkeypatch: pytest.MonkeyPatch):
    assert the(monkeypatch, SENDGRID_REGION="eu").sendgrid_host == "https://api.eu.sendgrid.com"
    assert the(monkeypatch, SENDGRID_API_URL="http://127.0.0.1:9/").sendgrid_host == "http://127.0.0.1:9"


def test_everywhere_else_it_goes_where_it_always_went():
    assert read_settings().sendgrid_host == "https://api.sendgrid.com"


def test_how_many_refusals_shut_an_address_is_said_in_words(monkeypatch: pytest.MonkeyPatch):
    assert read_settings().soft_bounce_rule == (3, timedelta(days=14))
    assert the(monkeypatch, HANDRAIL_SOFT_BOUNCES="1 in 1 day").soft_bounce_rule == (1, timedelta(days=1))


def a_public_key(kind: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 1024)
    return b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def test_everything_for_mail_that_comes_back_is_taken(monkeypatch: pytest.MonkeyPatch):
    settings = the(
        monkeypatch, KEYS, SLACK, EMAIL,
        SENDGRID_WEBHOOK_PUBLIC_KEY=a_public_key("ec"), SENDGRID_INBOUND_PUBLIC_KEY=a_public_key("ec"),
        HANDRAIL_REPLY_DOMAIN="reply.tally.test", HANDRAIL_INBOUND_SECRET="a-secret_of-sixteen",
    )  # fmt: skip
    assert require_running(settings) == []


def test_everything_wrong_about_mail_is_told_at_once(monkeypatch: pytest.MonkeyPatch):
    wrong = {
        "HANDRAIL_SOFT_BOUNCES": "often",
        "HANDRAIL_REPLY_DOMAIN": "hello@reply.tally.test",
        "HANDRAIL_INBOUND_SECRET": "short/one",
        "SENDGRID_WEBHOOK_PUBLIC_KEY": "MFkw, and more",
        "SENDGRID_INBOUND_PUBLIC_KEY": a_public_key("rsa"),
    }
    said = refusal(the(monkeypatch, KEYS, SLACK, EMAIL, wrong))
    assert all(f"{name} (" in said for name in wrong)
    assert "short/one" not in said


@pytest.mark.parametrize("rule", ["0 in 14 days", "3 in 0 days", "3", "3 in 14 weeks", "9999 in 1 days", "٣ in 14 days"])
def test_a_rule_that_says_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, rule: str):
    assert 'HANDRAIL_SOFT_BOUNCES (it must be like "3 in 14 days")' in refusal(the(monkeypatch, KEYS, SLACK, HANDRAIL_SOFT_BOUNCES=rule))
