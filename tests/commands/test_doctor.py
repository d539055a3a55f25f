"""`handrail doctor`: a deployment looked over, against an app that runs and services that answer over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from mail_servers import a_certificate, mail_server
from slack_sdk.oauth.installation_store import Bot
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from town import BOT, Town

from bot.doctor.slack import clock
from bot.playground.serve import Served
from bot.slack.installations import Installations
from bot.slack.scopes import SCOPES_TEAM
from bot.slack.token_box import token_box
from storage.installations import InstallationRows
from storage.migrate import downgrade

NOWHERE = "http://127.0.0.1:9"
A_PUBLIC_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q=="
)
SECRET_KEY = "a secret of at least sixteen"


@dataclass
class Deployment:
    """A town that runs, and the environment of somebody who looks it over."""

    town: Town
    handrail: Callable[..., Any]
    set: Callable[[str, str], None]

    def looks(self) -> dict[str, tuple[str, str]]:
        """Each check with its result and all that was said about it."""
        said = self.handrail("doctor", "--json")
        found = {one["check"]: (one["result"], f"{one['seen']} → {one['todo']}") for one in said.json}
        assert said.code == int(any(result == "wrong" for result, _ in found.values()))
        assert len(found) == len(said.json), "two checks have one name"
        return found

    def wrong(self) -> set[str]:
        return {check for check, (result, _) in self.looks().items() if result == "wrong"}


@pytest.fixture
def site(town: Town, handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Deployment:
    settings = town.house.settings
    installation = town.demo.workspace.installation
    for name, value in {
        "DATABASE_URL": settings.database_url,
        "SLACK_BOT_TOKEN": installation.token,
        "SLACK_SIGNING_SECRET": town.demo.signing_secret,
        "SLACK_API_URL": settings.slack_api_url,
        "SENDGRID_API_KEY": installation.mail_key,
        "SENDGRID_API_URL": settings.sendgrid_api_url,
        "HANDRAIL_FROM_EMAIL": "hello@tally.test",
        "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street",
        "HANDRAIL_BASE_URL": settings.base_url,
        "HANDRAIL_SECRET_KEY": SECRET_KEY,
        "HANDRAIL_WRITE_KEY": "another one of at least sixteen",
    }.items():
        monkeypatch.setenv(name, value)
    return Deployment(town, handrail, monkeypatch.setenv)


@contextmanager
def sendgrid(**answers: tuple[int, object]) -> Iterator[str]:
    """A SendGrid whose account is as the test says; what it was not told of is 404."""

    async def told(request: Request) -> Response:
        status, body = answers.get(request.path_params["what"].rpartition("/")[2], (404, {"errors": []}))
        known = request.headers.get("authorization") == "Bearer SG.playground"
        return JSONResponse(body, status) if known else JSONResponse({"errors": []}, 401)

    with Served(0).start(Starlette(routes=[Route("/v3/{what:path}", told)])) as served:
        yield served.url


def test_where_all_is_well_nothing_is_to_do(site: Deployment):
    said = site.handrail("doctor")
    assert said.code == 0, said.out
    assert "✗" not in said.out
    assert "Nothing is wrong" in said.out
    for check in ("settings", "secret key", "database", "project", "Slack token", "Slack scopes", "channel #csm-smb", "channel #cs-ops"):
        assert f"✓ {check} " in said.out


def test_each_check_is_one_line(site: Deployment):
    lines = site.handrail("doctor").out.strip().splitlines()
    assert len(lines) == len(site.looks()) + 1
    assert all(line[:2] in ("✓ ", "✗ ", "– ") for line in lines[:-1])


def test_with_nothing_set_up_it_says_where_to_begin(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HANDRAIL_BASE_URL", NOWHERE)
    said = handrail("doctor")
    assert said.code == 1
    assert "nothing to run" in said.out
    assert "docs/slack.md" in said.out
    assert "set HANDRAIL_SECRET_KEY" in said.out
    assert not Path("handrail.db").exists(), "looking made a database"


def test_a_token_slack_does_not_know_is_told_and_everything_else_is_looked_at_too(site: Deployment):
    site.set("SLACK_BOT_TOKEN", "xoxb-of-another-app")
    found = site.looks()
    assert found["Slack token"][0] == "wrong"
    assert "invalid_auth" in found["Slack token"][1]
    assert "OAuth & Permissions" in found["Slack token"][1]
    assert found["Slack scopes"][0] == "unknown"
    assert {check for check, (result, _) in found.items() if result == "wrong"} == {"Slack token"}
    assert found["database"][0] == found["signing secret"][0] == "ok"


def test_a_token_that_rotates_will_not_last_in_the_environment(site: Deployment):
    workspace = site.town.demo.workspace
    token = workspace.grants.give(SCOPES_TEAM, None, rotates=True).token
    site.set("SLACK_BOT_TOKEN", token)
    assert "within 12 hours" in site.looks()["Slack token"][1]


def test_missing_scopes_are_named_with_what_they_cost(site: Deployment):
    site.town.demo.workspace.grants.narrow(*set(SCOPES_TEAM) - {"channels:history", "chat:write.customize"})
    found = site.looks()
    assert found["scope channels:history"][0] == "wrong"
    assert "does not reach the person" in found["scope channels:history"][1]
    assert found["scope chat:write.customize"][0] == "off"  # who installs may decline it
    assert "Slack scopes" not in found


def test_the_team_is_told_to_invite_the_bot(site: Deployment):
    workspace = site.town.demo.workspace
    channel = workspace.channels["C_CSM_SMB"]
    workspace.channels[channel.id] = replace(channel, members=tuple(one for one in channel.members if one != BOT))
    result, said = site.looks()["channel #csm-smb"]
    assert result == "wrong"
    assert "/invite @handrail" in said


def test_a_channel_that_is_not_there_is_told(site: Deployment):
    site.handrail("init", "acme")
    playbook = Path("acme/playbooks/onboarding.yaml")
    playbook.write_text(playbook.read_text().replace('"#csm"', '"#nowhere"').replace('"#cs-ops"', '"C_CS_OPS"'))
    site.set("HANDRAIL_PROJECT", "acme")
    found = site.looks()
    assert found["channel #nowhere"][0] == "wrong"
    assert found["channel C_CS_OPS"][0] == "ok"  # by its id


def test_a_private_channel_is_only_seen_where_that_was_granted(site: Deployment):
    workspace = site.town.demo.workspace
    channel = workspace.channels["C_CSM_SMB"]
    workspace.channels[channel.id] = replace(channel, private=True)
    assert site.looks()["channel #csm-smb"][0] == "ok"
    workspace.grants.narrow(*set(SCOPES_TEAM) - {"groups:read"})
    result, said = site.looks()["channel #csm-smb"]
    assert result == "wrong"
    assert "groups:read" in said


def test_a_workspace_with_many_channels_is_read_to_the_end(site: Deployment, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.doctor.channels.PAGE", 1)
    found = site.looks()
    assert found["channel #csm-smb"][0] == found["channel #cs-ops"][0] == "ok"


def test_slack_asking_to_slow_down_is_no_mistake_of_ours(site: Deployment):
    site.town.demo.workspace.faults.next("auth.test", "rate_limited", times=1)
    assert site.looks()["Slack token"][0] == "unknown"
    site.town.demo.workspace.faults.next("conversations.list", "rate_limited", times=1)
    assert site.looks()["channel #csm-smb"][0] == "unknown"


def test_slack_out_of_reach_is_told_in_time(site: Deployment):
    site.set("SLACK_API_URL", f"{NOWHERE}/api/")
    result, said = site.looks()["Slack token"]
    assert result == "wrong"
    assert "SLACK_API_URL" in said


def test_the_running_app_has_to_share_our_signing_secret(site: Deployment):
    assert "the running app takes" in site.looks()["signing secret"][1]
    site.set("SLACK_SIGNING_SECRET", "0123456789abcdef0123456789abcdef")
    result, said = site.looks()["signing secret"]
    assert result == "wrong"
    assert "restart it with the same SLACK_SIGNING_SECRET" in said


def test_an_app_that_does_not_run_is_told(site: Deployment):
    site.set("HANDRAIL_BASE_URL", NOWHERE)
    found = site.looks()
    assert found["app"][0] == "wrong"
    assert "nobody listens there" in found["app"][1]
    assert found["signing secret"][0] == "unknown"


def test_an_address_that_leads_to_something_else_is_told(site: Deployment):
    with sendgrid() as elsewhere:
        site.set("HANDRAIL_BASE_URL", elsewhere)
        assert "leads elsewhere" in site.looks()["app"][1]


def test_what_the_app_itself_complains_of_is_repeated(site: Deployment):
    site.town.demo.clock.set(site.town.demo.now() + timedelta(days=2))
    assert "the clock or the delivery is behind" in site.looks()["app"][1]


def test_an_address_without_encryption_is_told(site: Deployment):
    site.set("HANDRAIL_BASE_URL", "http://handrail.invalid")
    assert {"base URL", "app"} <= site.wrong()


def test_a_database_of_an_older_release_has_to_be_migrated(site: Deployment, tmp_path: Path):
    site.set("DATABASE_URL", f"sqlite:///{tmp_path}/old.db")
    assert site.looks()["database"][0] == "off"  # there is none yet, and looking makes none
    assert not (tmp_path / "old.db").exists()
    site.handrail("migrate")
    assert site.looks()["database"][0] == "ok"
    downgrade(f"sqlite:///{tmp_path}/old.db", "0001")
    assert "run: handrail migrate" in site.looks()["database"][1]


def test_mistakes_in_the_project_are_counted(site: Deployment):
    site.handrail("init", "acme")
    Path("acme/playbooks/onboarding.yaml").write_text("playbook: onboarding\nnonsense: true\n")
    site.set("HANDRAIL_PROJECT", "acme")
    assert "handrail check names all" in site.looks()["project"][1]
    site.set("HANDRAIL_PROJECT", "elsewhere")
    assert "there is no folder elsewhere" in site.looks()["project"][1]


def test_what_cannot_be_read_of_the_settings_keeps_no_check_from_being_made(site: Deployment):
    site.set("PORT", "eighty")
    said = site.handrail("doctor", "--json")
    assert said.code == 1
    assert [one["result"] for one in said.json if one["check"] == "settings"] == ["wrong", "ok"]
    assert "ok" in [one["result"] for one in said.json if one["check"] == "Slack token"]


def test_what_keeps_handrail_from_starting_is_told(site: Deployment):
    site.set("HANDRAIL_SECRET_KEY", "")
    found = site.looks()
    assert "would not start. Missing: HANDRAIL_SECRET_KEY" in found["settings"][1]
    assert "secrets.token_urlsafe" in found["secret key"][1]


def test_by_socket_mode_slack_has_to_offer_a_connection(site: Deployment):
    assert site.looks()["Socket Mode"][0] == "off"
    site.set("SLACK_APP_TOKEN", site.town.demo.workspaces.registration.app_token)
    found = site.looks()
    assert found["Socket Mode"][0] == "ok"
    assert "not needed" in found["signing secret"][1]
    site.set("SLACK_APP_TOKEN", "xapp-of-another-app")
    result, said = site.looks()["Socket Mode"]
    assert result == "wrong"
    assert "connections:write" in said


def opened_to_others(site: Deployment) -> None:
    """The settings of an app that other workspaces install."""
    registration = site.town.demo.workspaces.registration
    site.set("SLACK_BOT_TOKEN", "")
    site.set("SLACK_CLIENT_ID", registration.client_id)
    site.set("SLACK_CLIENT_SECRET", registration.client_secret)
    site.set("HANDRAIL_CSM_TEAM", "T_PLAYGROUND")


def test_slack_has_to_know_the_client_id_and_its_secret(site: Deployment):
    assert site.looks()["Slack OAuth"][0] == "off"
    opened_to_others(site)
    assert site.looks()["Slack OAuth"][0] == "ok"
    site.set("SLACK_CLIENT_SECRET", "another")
    assert "bad_client_secret" in site.looks()["Slack OAuth"][1]


def test_the_vendor_installs_it_at_home_first(site: Deployment):
    opened_to_others(site)
    result, said = site.looks()["your workspace"]
    assert result == "wrong"
    assert "/slack/install" in said


def installed_at_home(site: Deployment) -> None:
    """Somebody installed the app in the vendor's workspace."""
    workspace = site.town.demo.workspace.installation
    kept = Installations(InstallationRows(site.town.house.store.database), token_box([], SECRET_KEY))
    kept.save_bot(
        Bot(
            app_id=workspace.app,
            team_id=workspace.team,
            team_name=workspace.name,
            bot_token=workspace.token,
            bot_id=workspace.bot,
            bot_user_id=workspace.bot_user,
            bot_scopes=list(SCOPES_TEAM),
            installed_at=0.0,
        )
    )


def test_once_it_is_there_its_own_token_and_channels_are_looked_at(site: Deployment):
    opened_to_others(site)
    installed_at_home(site)
    found = site.looks()
    assert "installed in Playground, and in 0 more" in found["your workspace"][1]
    assert found["Slack token"][0] == found["channel #csm-smb"][0] == "ok"
    site.town.demo.workspace.grants.expire()
    result, said = site.looks()["Slack token"]
    assert result == "wrong"
    assert "start Handrail, which renews it" in said


def test_a_token_that_no_key_opens_is_told(site: Deployment):
    opened_to_others(site)
    installed_at_home(site)
    site.set("HANDRAIL_SECRET_KEY", "another secret key than the one before")
    site.set("HANDRAIL_TOKEN_KEYS", Fernet.generate_key().decode())
    assert "none of the keys decrypts" in site.looks()["your workspace"][1]


def test_half_of_what_others_need_is_told(site: Deployment):
    opened_to_others(site)
    site.set("HANDRAIL_CSM_TEAM", "")
    assert "HANDRAIL_CSM_TEAM missing" in site.looks()["OAuth settings"][1]


def test_a_key_for_tokens_has_to_be_one(site: Deployment):
    opened_to_others(site)
    assert site.looks()["token keys"][0] == "off"
    site.set("HANDRAIL_TOKEN_KEYS", f"{Fernet.generate_key().decode()}, {Fernet.generate_key().decode()}")
    assert site.looks()["token keys"][0] == "ok"
    site.set("HANDRAIL_TOKEN_KEYS", f"{Fernet.generate_key().decode()},too-short")
    assert "key 2 is no Fernet key" in site.looks()["token keys"][1]


def test_short_keys_are_told(site: Deployment):
    site.set("HANDRAIL_WRITE_KEY", "short")
    assert site.wrong() == {"write key"}


def test_no_secret_is_ever_printed(site: Deployment):
    site.set("DATABASE_URL", "postgresql://handrail:hunter2@127.0.0.1:9/handrail")
    secrets = ("hunter2", "xoxb-playground", "SG.playground", site.town.demo.signing_secret, "a secret of", "another one of")
    for said in (site.handrail("doctor"), site.handrail("doctor", "--json")):
        assert not [secret for secret in secrets if secret in said.out + said.err]


@pytest.mark.parametrize(
    ("answers", "key", "sender"),
    [
        ({}, "unknown", "unknown"),
        ({"scopes": (200, {"scopes": ["mail.send"]})}, "ok", "unknown"),
        ({"scopes": (200, {"scopes": ["stats.read"]})}, "wrong", "unknown"),
        (
            {
                "scopes": (200, {"scopes": ["mail.send"]}),
                "verified_senders": (200, {"results": [{"from_email": "Hello@tally.test", "verified": True}]}),
            },
            "ok",
            "ok",
        ),
        ({"domains": (200, [{"domain": "tally.test", "valid": True}])}, "unknown", "ok"),
        ({"domains": (200, [{"domain": "tally.test", "valid": False}])}, "unknown", "wrong"),
        ({"verified_senders": (200, {"results": []}), "domains": (200, [{"domain": "other.test", "valid": True}])}, "unknown", "wrong"),
        ({"scopes": (200, "nonsense"), "verified_senders": (200, [1]), "domains": (403, {})}, "unknown", "unknown"),
    ],
)
def test_sendgrid_says_what_the_key_may_and_who_may_send(site: Deployment, answers: Any, key: str, sender: str):
    with sendgrid(**answers) as url:
        site.set("SENDGRID_API_URL", url)
        found = site.looks()
        assert (found["SendGrid key"][0], found["sender"][0]) == (key, sender)


def test_a_key_sendgrid_does_not_know_is_told(site: Deployment):
    with sendgrid() as url:
        site.set("SENDGRID_API_URL", url)
        site.set("SENDGRID_API_KEY", "SG.of-somebody-else")
        assert "SendGrid does not know it" in site.looks()["SendGrid key"][1]


def test_in_the_playground_mail_is_in_order(site: Deployment):
    found = site.looks()
    assert (found["SendGrid key"][0], found["sender"][0]) == ("ok", "ok")


def test_mail_that_comes_back_is_looked_at(site: Deployment):
    found = site.looks()
    assert (found["event webhook"][0], found["answers by mail"][0]) == ("off", "off")
    assert "/email/events" in found["event webhook"][1]
    site.set("SENDGRID_WEBHOOK_PUBLIC_KEY", A_PUBLIC_KEY)
    site.set("HANDRAIL_REPLY_DOMAIN", "reply.tally.test")
    site.set("HANDRAIL_INBOUND_SECRET", "the-way-in-for-mail")
    said = site.handrail("doctor", "--json")
    found = site.looks()
    assert (found["event webhook"][0], found["answers by mail"][0], found["reply domain"][0]) == ("ok", "ok", "unknown")
    assert "mx.sendgrid.net" in found["reply domain"][1]
    assert "the-way-in-for-mail" not in said.out


def test_europe_and_the_sandbox_are_told(site: Deployment):
    site.set("SENDGRID_REGION", "eu")
    site.set("SENDGRID_SANDBOX", "1")
    found = site.looks()
    assert found["SendGrid region"][0] == "ok"
    assert "none is sent" in found["SendGrid sandbox"][1]


@pytest.fixture
def by_smtp(site: Deployment) -> Deployment:
    site.set("SENDGRID_API_KEY", "")
    return site


def test_a_mail_server_is_called_and_logged_in_to(by_smtp: Deployment, tmp_path: Path):
    certificate = a_certificate(tmp_path)
    by_smtp.set("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate, security="starttls", login=("kim", "hunter2")) as server:
        by_smtp.set("SMTP_URL", server.url)
        found = by_smtp.looks()
        assert found["SMTP"] == ("ok", f"127.0.0.1:{server.port} answers, encrypted by STARTTLS, and knows our login → ")
        assert not {"SendGrid key", "sender", "event webhook"} & set(found)
        assert server.tried == []
        server.login = ("kim", "another")
        said = by_smtp.handrail("doctor")
        assert "✗ SMTP" in said.out
        assert "hunter2" not in said.out


def test_a_mail_server_nobody_vouches_for_is_told(by_smtp: Deployment, tmp_path: Path):
    with mail_server(a_certificate(tmp_path), security="tls") as server:
        by_smtp.set("SMTP_URL", server.url)
        result, said = by_smtp.looks()["SMTP"]
        assert result == "wrong"
        assert "certificate" in said


@pytest.mark.parametrize(
    ("url", "why"), [("smtp://127.0.0.1:9?tls=none", "could not reach"), ("smtp://kim@127.0.0.1", "a user needs a password")]
)
def test_a_mail_server_that_can_not_be_reached_is_told(by_smtp: Deployment, url: str, why: str):
    by_smtp.set("SMTP_URL", url)
    assert why in by_smtp.looks()["SMTP"][1]
    assert "SMTP" in by_smtp.wrong()


def test_half_a_mail_setup_is_told(site: Deployment):
    site.set("HANDRAIL_POSTAL_ADDRESS", "")
    assert "HANDRAIL_POSTAL_ADDRESS missing" in site.looks()["e-mail"][1]


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "result"), [(0, "ok"), (-20, "ok"), (60, "wrong"), (-400, "wrong")])
def test_a_clock_that_is_off_is_told_before_slack_is_refused_for_it(seconds: int, result: str):
    assert clock("Mon, 02 Mar 2026 12:00:00 GMT", NOON + timedelta(seconds=seconds)).result == result


def test_a_slack_that_tells_no_time_leaves_it_open():
    assert clock("", NOON).result == clock("tomorrow", NOON).result == "unknown"
