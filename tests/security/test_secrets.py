"""Secrets: they come from the environment or from files, and are told to nobody, wherever anybody looks."""

from __future__ import annotations

import ast
import logging
import re
import sqlite3
from pathlib import Path

import pytest

from bot.keys import issue
from bot.settings import Settings, SettingsError, read_settings, secret_named
from storage.keys import KeyStore
from tests.security.strangers import City, file_of

ROOT = Path(__file__).resolve().parents[2]
SECRET = "the-words-that-nobody-may-read-1"
ALL = sorted(field.alias or name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation))


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of anybody's, and no setting."""
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
        monkeypatch.delenv(f"{field.alias}_FILE", raising=False)


@pytest.mark.parametrize("name", [*ALL, "DATABASE_URL"])
def test_every_secret_may_stand_in_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"{name}_FILE", str(file_of(tmp_path, "secret", f"{SECRET}\n")))
    found = read_settings()
    value = next(getattr(found, field) for field, known in Settings.model_fields.items() if known.alias == name)
    assert (value if isinstance(value, str) else value.get_secret_value()) == SECRET
    assert SECRET not in repr(found) + str(found)


def test_a_file_may_be_named_in_the_env_file_too(tmp_path: Path):
    file_of(tmp_path, ".env", f"HANDRAIL_SECRET_KEY_FILE={file_of(tmp_path, 'key', SECRET)}\n")
    found = read_settings().secret_key
    assert found is not None
    assert found.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "can't be read"), (b"\xff\xfe\x00", "no text"), (b"x" * 70_000, "longer than 64 KB"), (b" \n", "an empty file")],
)
def test_a_file_that_is_no_secret_stops_the_start_and_names_the_setting(
    content: bytes | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = file_of(tmp_path, "secret", content) if content is not None else tmp_path / "nobody"
    monkeypatch.setenv("SENDGRID_API_KEY_FILE", str(path))
    with pytest.raises(SettingsError, match=f"SENDGRID_API_KEY_FILE.*{why}"):
        read_settings()


def test_a_secret_that_is_set_twice_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HANDRAIL_SECRET_KEY", SECRET)
    monkeypatch.setenv("HANDRAIL_SECRET_KEY_FILE", str(file_of(tmp_path, "secret", "another one")))
    with pytest.raises(SettingsError, match="HANDRAIL_SECRET_KEY and HANDRAIL_SECRET_KEY_FILE are both set") as told:
        read_settings()
    assert SECRET not in str(told.value)


def test_a_secret_that_a_project_names_stands_in_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CRM_SECRET_FILE", str(file_of(tmp_path, "secret", f"{SECRET}\n")))
    assert secret_named("CRM_SECRET") == SECRET
    monkeypatch.setenv("CRM_SECRET_FILE", str(tmp_path / "nobody"))
    assert secret_named("CRM_SECRET") is None


def test_no_setting_that_is_secret_is_a_plain_text():
    """A text is shown when settings are printed; a secret is not. What may hold a password besides is kept out of print."""
    for name, field in Settings.model_fields.items():
        wanted = re.search(r"secret|token|_key|password|dsn|smtp_url", name) and not name.endswith("public_key")
        assert not wanted or "SecretStr" in str(field.annotation), name
        assert name != "database_url" or field.repr is False


# What a running house tells


def _secrets_of(city: City) -> list[str]:
    settings = city.town.house.settings
    found = [getattr(settings, name) for name in Settings.model_fields]
    return [value.get_secret_value() for value in found if hasattr(value, "get_secret_value")]


def test_no_answer_tells_a_secret(city: City):
    secrets = _secrets_of(city)
    assert len(secrets) > 4
    for path in ("/healthz", "/readyz", "/v1/openapi.json", "/metrics", "/help/nothing", "/p/x", "/slack/install", "/v1/people/x/journey"):
        answer = city.asks("GET", path)
        assert not [secret for secret in secrets if secret in answer.text + str(dict(answer.headers))], path


def test_no_line_of_the_log_tells_a_secret_or_somebodys_words(city: City, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    city.town.newcomer("Lola", in_slack=False)
    city.tells("/v1/track", {"userId": "lola", "event": "x", "properties": {"note": "words of Lola's"}})
    city.tells("/v1/track", b"{", key=SECRET)
    city.posts("/slack/events", b"token=words+of+Lola%27s", "application/x-www-form-urlencoded")
    city.asks("GET", "/p/" + SECRET)
    city.submits("/help/invite/seen", [("reader", SECRET)])
    city.town.settle()
    said = "\n".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records if record.name.startswith("handrail"))
    for secret in (*_secrets_of(city), SECRET, "words of Lola", "lola@solo.test"):
        assert secret not in said


def test_a_defect_of_ours_is_told_to_nobody(city: City, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(type(city.town.house.door), "view", broken)
    token = city.town.house.links.sign("page", "anybody", None)
    with pytest.raises(RuntimeError):  # so the server logs it; what was answered before is looked at below
        city.asks("GET", f"/p/{token}")
    answer = city.town.fetch("GET", f"/p/{token}")
    assert answer.status == 500
    assert answer.json["code"] == "our_fault"
    assert SECRET not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_slacks_tokens_are_encrypted_where_they_are_kept(city: City):
    tokens = [bytes(installed.bot_token, "ascii") for installed in _installed(city)]
    assert tokens
    file = Path(str(city.town.house.store.database.engine.url.database))
    kept = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert not [token for token in tokens if token in kept]


def _installed(city: City) -> list[object]:
    slack = city.town.house.slack
    assert slack is not None
    access = slack.workspaces.access("T_PLAYGROUND")
    return [type("Installed", (), {"bot_token": access.token})()]


def test_a_write_key_is_kept_as_its_digest_alone(city: City):
    issued = issue("security", "write")
    KeyStore(city.town.house.store.database).add(issued.key)
    with sqlite3.connect(str(city.town.house.store.database.engine.url.database)) as connection:
        rows = connection.execute("SELECT * FROM write_keys").fetchall()
    assert issued.text not in str(rows)
    assert issued.text not in repr(issued.key)


# How the code is written


def _sources() -> list[Path]:
    return [path for room in ("bot", "flows", "storage") for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]


FORBIDDEN = {
    "pickle", "cPickle", "shelve", "marshal", "dill", "joblib", "subprocess", "xml", "lxml", "xmlrpc", "telnetlib", "ftplib", "requests",
    "tarfile", "zipfile",
}  # fmt: skip
NAMED = {"eval", "exec", "compile_command", "__import__", "system", "popen", "spawn", "unsafe_load", "full_load", "loads_unsafe"}


MEASURES = ("bench.py",)
"""`handrail bench` runs bench/ as a process of its own: a command line of ours, for who may log in to the machine."""
WRITES_PYTHON = (("evaluation.py", "eval"),)
"""Conditions become Python's own syntax tree, part by part, from a tree of a few allowed parts: no text of anybody's is compiled. What
conditions can't do is tried in test_sandbox.py."""


def test_nothing_is_run_or_made_from_what_is_read():
    """No pickle, no shell, no XML, no eval; YAML is composed and never constructed."""
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names) if path.name not in MEASURES:
                    assert not {name.name.partition(".")[0] for name in names} & FORBIDDEN, path
                case ast.ImportFrom(module=str(module)):
                    assert module.partition(".")[0] not in FORBIDDEN, path
                case ast.Call(func=ast.Name(id=name)):
                    assert name not in NAMED or (path.name, name) in WRITES_PYTHON, (path, name)
                case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr=name)):
                    assert name not in NAMED, (path, name)
                case ast.Call(func=ast.Attribute(value=ast.Name(id="yaml"), attr=name)):
                    assert name not in ("load", "load_all", "unsafe_load", "full_load", "dump"), (path, name)


NAMES_OF_TABLES = ("restoring.py", "standing.py")
"""Where names of our own tables and columns, as our models say them, are put into a statement: no parameter can hold those."""


def test_no_statement_is_put_together_from_texts():
    """SQL is written by SQLAlchemy with parameters; a text of SQL is a constant of ours."""
    for path in _sources():
        if path.name in NAMES_OF_TABLES:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="text") | ast.Attribute(attr="execute" | "exec_driver_sql" | "executemany"), args=[first, *_]
                ):
                    made = isinstance(first, ast.JoinedStr) and not _of_constants(first)
                    added = isinstance(first, ast.BinOp) or (isinstance(first, ast.Call) and _is_format(first))
                    assert not made, (path, ast.unparse(node)[:120])
                    assert not added, (path, ast.unparse(node)[:120])


def _of_constants(made: ast.JoinedStr) -> bool:
    """Whether only names in capitals, and numbers of ours, stand in it."""
    parts = [part.value for part in made.values if isinstance(part, ast.FormattedValue)]
    return all(isinstance(part, ast.Name) and (part.id.isupper() or part.id in ("wait",)) for part in parts)


def _is_format(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("format", "join", "replace")


BOTH_OURS = ("now.token != access.token",)
"""Whether a token of ours was renewed meanwhile: nobody outside chose either of them."""
COMPARED = re.compile(r"secret|signature|token|digest|_mac|password|write_key|api_key", re.IGNORECASE)


def test_secrets_are_compared_in_constant_time():
    """`==` on something that is called like a secret stops at the first letter that differs."""
    for path in _sources():
        if "bot" not in path.parts or {"playground", "doctor"} & {*path.parts} or path.name == "settings.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
                names = [side for side in sides if re.fullmatch(r"[\w.]+", side) and COMPARED.search(side.rpartition(".")[2])]
                plain = [side for side in sides if re.fullmatch(r"[\w.]+", side) and not side.isupper() and ".c." not in side]
                assert not (names and len(plain) == 2) or ast.unparse(node) in BOTH_OURS, (path.name, ast.unparse(node))
