"""Slack's `files.*`, and the addresses where files go in and come out."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.playground.arguments import Arguments, SlackError
from bot.playground.lines import answer
from bot.playground.slack_chat import conversation
from bot.playground.slack_oauth import caller_of
from bot.playground.slack_refusals import refused
from bot.playground.slack_shapes import file_shape
from bot.playground.values import File, Json, Message
from bot.playground.workspaces import Workspaces
from bot.playground.world import World

MOST_BYTES = 20 * 1024 * 1024
LOGIN = "<!doctype html><html><head><title>Sign in | Slack</title></head><body><h1>Sign in to your workspace</h1></body></html>"


def get_upload_url(world: World, args: Arguments) -> Json:
    """`files.getUploadURLExternal`: where to put a file that is to be shared."""
    length = args.number("length", 1, MOST_BYTES)
    file = new_file(world, args.text("filename"), world.installation.bot_user, b"")
    return {"upload_url": f"{world.url}/slack/upload/{file.id}?length={length}", "file_id": file.id}


def complete_upload(world: World, args: Arguments) -> Json:
    """`files.completeUploadExternal`: the files are there; with a channel they are shared in a message of the app."""
    named = args.structure("files", "invalid_arguments")
    if not isinstance(named, list) or not named or not all(isinstance(one, dict) for one in named):
        raise SlackError("invalid_arguments", "must provide an array of files [json-pointer:/files]")
    found = [_uploaded(world, one) for one in named]
    channel = args.maybe("channel_id")
    if channel is not None:
        where = conversation(world, Arguments({"channel": channel}))
        thread = args.maybe("thread_ts")
        if thread is not None and world.message(where.id, thread) is None:
            raise SlackError("thread_not_found")
        share(
            world,
            found,
            Message(channel=where.id, ts="", user=world.installation.bot_user, text=args.maybe("initial_comment") or ""),
            thread,
        )
    return {"files": [file_shape(world, file) for file in found]}


def file_info(world: World, args: Arguments) -> Json:
    """`files.info`"""
    file = world.file(args.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": file_shape(world, file)}


def new_file(world: World, name: str, user: str, content: bytes) -> File:
    """A file of this person, kept and not yet shared."""
    created = int(world.now().timestamp())
    file_id = "F" + secrets.token_hex(5).upper()
    return world.keep_file(File(id=file_id, name=name, user=user, content=b64encode(content).decode(), created=created))


def share(world: World, files: list[File], draft: Message, thread: str | None) -> Message:
    """Put files into a conversation, as one message."""
    for file in files:
        world.keep_file(replace(file, shared=True))
    return world.post(replace(draft, thread_ts=thread, files=[file.id for file in files]))


def file_routes(workspaces: Workspaces) -> list[Route]:
    """`/slack/upload/<file>` takes a file, `/slack/files-pri/<team>-<file>/…` gives it to whoever has the workspace's token."""

    async def upload(request: Request) -> Response:
        file_id = request.path_params["file"]
        world = workspaces.of_file(file_id)
        if world is None:
            return PlainTextResponse("not found", 404)
        if int(request.headers.get("content-length") or 0) > MOST_BYTES:
            return PlainTextResponse("too large", 413)
        body = await request.body()
        return await answer(
            world, request, ("files.upload", {"file": file_id, "size": len(body)}), lambda: _kept(world, file_id, body), refused
        )

    async def download(request: Request) -> Response:
        team, _, file_id = request.path_params["place"].partition("-")
        world = workspaces.get(team)
        if world is None:
            return HTMLResponse(LOGIN)
        token = caller_of(request, Arguments({})).token
        return await answer(world, request, ("files.download", {"file": file_id}), lambda: _given(world, token, file_id), refused)

    return [
        Route("/slack/upload/{file}", upload, methods=["POST"]),
        Route("/slack/files-pri/{place}/download/{name}", download),
        Route("/slack/files-pri/{place}/{name}", download),
    ]


def _kept(world: World, file_id: str, body: bytes) -> Response:
    file = world.file(file_id)
    if file is None or file.shared:
        return PlainTextResponse("not found", 404)
    world.keep_file(replace(file, content=b64encode(body).decode()))
    return PlainTextResponse(f"OK - {len(body)}")


def _given(world: World, token: str | None, file_id: str) -> Response:
    """Without a good token Slack answers with its login page, and status 200."""
    grant = world.grants.find(token) if token else None
    if grant is None or grant.refusal or "files:read" not in grant.scopes:
        return HTMLResponse(LOGIN)
    file = world.file(file_id)
    if file is None:
        return JSONResponse({"ok": False, "error": "file_not_found"}, 404)
    return Response(file.data, media_type=file.kind)


def _uploaded(world: World, named: Json) -> File:
    file = world.file(str(named.get("id")))
    if file is None or not file.content:
        raise SlackError("file_not_found")
    return world.keep_file(replace(file, title=str(named.get("title") or file.name)))
