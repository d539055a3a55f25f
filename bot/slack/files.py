"""Files pass between a person and the team: fetched with the token of the one workspace, put into the other."""

from __future__ import annotations

import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from bot.channels import SendError
from bot.slack.workspaces import Workspaces
from bot.surfaces import clean
from flows.events import BY_MAIL, File

log = logging.getLogger("handrail.files")

MOST_BYTES = 20 * 1024 * 1024
"""A larger file stays where it is, and both sides are told."""
LONGEST_NAME = 120
PATIENCE = 15.0
"""Seconds for all files of one message: others of that workspace wait behind it."""
_SOCKET = 8
_CHUNK = 256 * 1024
_SLACKS_OWN = (".slack.com", ".slack-edge.com", ".slack-files.com")

Why = Literal["too_large", "no_scope", "gone", "failed", "no_picture", "gone_from_mail"]
"""Why a file was not passed on; `notes.file_<why>` in words.yaml says it."""


class Kept(Protocol):
    """Files that came by mail, which we keep ourselves."""

    def fetch(self, id: str) -> bytes | None:
        """What is in one, None when it is not there any more."""
        ...


class NotPassed(Exception):
    """A file stays where it is."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """Where files go: a conversation of a workspace ('' is the vendor's), and a thread in it, or ''."""

    team: str
    channel: str
    thread: str = ""


def files_in(message: Mapping[str, Any], team: str) -> tuple[File, ...]:
    """The files of a message as Slack delivers it, heard in `team`. What Slack itself does not show is left out."""
    return tuple(_files(message.get("files"), team))


def _files(given: object, team: str) -> Iterator[File]:
    for one in given if isinstance(given, Sequence) else ():
        if isinstance(one, Mapping) and one.get("id") and one.get("mode") not in ("tombstone", "hidden_by_limit"):
            size = one.get("size")
            yield File(
                id=str(one["id"]),
                name=_harmless(str(one.get("name") or one.get("title") or "")),
                mimetype=str(one.get("mimetype") or ""),
                size=size if isinstance(size, int) and size >= 0 else 0,
                url=str(one.get("url_private_download") or one.get("url_private") or ""),
                team=team,
            )


def _harmless(name: str) -> str:
    """A file's name as one short line, with nothing that hides how it ends."""
    name = " ".join(clean(name).split()) or "file"
    stem, dot, ending = name.rpartition(".")
    if len(name) <= LONGEST_NAME:
        return name
    return f"{stem[: LONGEST_NAME - 1 - len(ending)]}.{ending}" if dot and len(ending) <= 10 else name[:LONGEST_NAME]


class FilePassing:
    """Carries files from one workspace, or from a mail, to another. Each is tried once: what does not arrive is told to people, who can
    send it again."""

    def __init__(self, workspaces: Workspaces, api_url: str, kept: Kept, machine: Callable[[], float] = time.monotonic) -> None:
        self._workspaces = workspaces
        self._kept = kept
        self._api = urlsplit(api_url)
        self._machine = machine

    def pass_on(self, files: Sequence[File], to: Spot) -> list[tuple[File, Why]]:
        """Put them there, one after the other. Gives those that did not arrive, and why. Raises nothing."""
        until, left = self._machine() + PATIENCE, []
        for file in files:
            try:
                self._pass(file, to, until)
            except NotPassed as error:
                left.append((file, error.why))
        return left

    def _pass(self, file: File, to: Spot, until: float) -> None:
        by_mail = file.team == BY_MAIL
        if by_mail and not file.url:
            raise NotPassed("no_picture")
        if file.size > MOST_BYTES:
            raise NotPassed("too_large")
        for team, scope in (*(() if by_mail else ((file.team, "files:read"),)), (to.team, "files:write")):
            granted = self._workspaces.scopes(team)
            if granted and scope not in granted:
                raise NotPassed("no_scope")
        try:
            content = self._from_mail(file) if by_mail else self._fetched(file, until)
            self._put(file, content, to, until)
        except SendError as error:
            log.info("a file was not passed on: %s", error)
            raise NotPassed("no_scope" if error.shut else "failed") from None

    def _from_mail(self, file: File) -> bytes:
        content = self._kept.fetch(file.url)
        if content is None:
            raise NotPassed("gone_from_mail")
        return content

    def _fetched(self, file: File, until: float) -> bytes:
        """What is in it. Slack answers a token that may not read it with its login page, and status 200."""
        if not self._is_slacks(file.url):
            raise NotPassed("gone")
        token = self._workspaces.access(file.team).token
        request = urllib.request.Request(file.url, headers={"Authorization": f"Bearer {token}"})
        with self._answer(request) as answer:
            kind = str(answer.headers.get_content_type())
            if kind == "text/html" and not file.mimetype.startswith("text/html"):
                raise NotPassed("no_scope")
            return self._read(answer, until)

    def _put(self, file: File, content: bytes, to: Spot, until: float) -> None:
        place = self._workspaces.call(
            to.team,
            "files.getUploadURLExternal",
            lambda client: client.files_getUploadURLExternal(filename=file.name, length=len(content)),
        )
        url = str(place["upload_url"])
        if not content or not self._is_slacks(url) or self._machine() > until:
            raise NotPassed("failed")
        with self._answer(urllib.request.Request(url, data=content, headers={"Content-Type": "application/octet-stream"})):
            pass
        self._workspaces.call(
            to.team,
            "files.completeUploadExternal",
            lambda client: client.files_completeUploadExternal(
                files=[{"id": str(place["file_id"]), "title": file.name}], channel_id=to.channel, thread_ts=to.thread or None
            ),
        )

    def _answer(self, request: urllib.request.Request) -> Any:
        try:
            return _opener(request.full_url).open(request, timeout=_SOCKET)
        except urllib.error.HTTPError as error:
            error.close()
            raise NotPassed("gone" if error.code in (404, 410) else "failed") from None
        except OSError:
            raise NotPassed("failed") from None

    def _read(self, answer: HTTPResponse, until: float) -> bytes:
        pieces, size = [], 0
        try:
            while piece := answer.read1(_CHUNK):  # what is there: a server that drips must not hold us until a chunk is full
                pieces.append(piece)
                size += len(piece)
                if size > MOST_BYTES:
                    raise NotPassed("too_large")
                if self._machine() > until:
                    raise NotPassed("failed")
        except OSError:
            raise NotPassed("failed") from None
        return b"".join(pieces)

    def _is_slacks(self, url: str) -> bool:
        """A token is shown to Slack alone: to its own hosts, or to the server that stands for it."""
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) == (self._api.scheme, self._api.netloc):
            return True
        return parts.scheme == "https" and f".{parts.hostname}".endswith(_SLACKS_OWN)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: a token must not follow a redirect."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Refuse."""


def _opener(url: str) -> urllib.request.OpenerDirector:
    near = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1") else []
    return urllib.request.build_opener(_Stay, *near)
