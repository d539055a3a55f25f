"""Slack's Web API on the laptop: the methods the app uses, and response URLs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.playground import slack_chat, slack_files, slack_reads, slack_views
from bot.playground.arguments import Arguments, SlackError, read_arguments
from bot.playground.lines import answer
from bot.playground.slack_oauth import APP_METHODS, Caller, caller_of, let_in
from bot.playground.slack_refusals import refused
from bot.playground.slack_scopes import check_scopes
from bot.playground.tickets import ResponseTicket
from bot.playground.values import Json, Message
from bot.playground.workspaces import Workspaces
from bot.playground.world import World

Method = Callable[[World, Arguments], Json]
SECRET = ("token", "client_secret", "refresh_token", "code")
"""Arguments that nobody writes down."""

METHODS: dict[str, Method] = {
    "auth.test": slack_reads.auth_test,
    "users.info": slack_reads.user_info,
    "users.lookupByEmail": slack_reads.user_by_email,
    "users.list": slack_reads.list_users,
    "users.conversations": slack_reads.my_conversations,
    "bots.info": slack_reads.bot_info,
    "team.info": slack_reads.team_info,
    "conversations.join": slack_reads.join_conversation,
    "conversations.members": slack_reads.list_members,
    "conversations.open": slack_reads.open_conversation,
    "conversations.info": slack_reads.conversation_info,
    "conversations.list": slack_reads.list_conversations,
    "conversations.history": slack_reads.history,
    "conversations.replies": slack_reads.replies,
    "chat.postMessage": slack_chat.post_message,
    "chat.postEphemeral": slack_chat.post_ephemeral,
    "chat.update": slack_chat.update,
    "chat.delete": slack_chat.delete,
    "chat.getPermalink": slack_chat.get_permalink,
    "files.completeUploadExternal": slack_files.complete_upload,
    "files.getUploadURLExternal": slack_files.get_upload_url,
    "files.info": slack_files.file_info,
    "reactions.add": slack_chat.add_reaction,
    "reactions.remove": slack_chat.remove_reaction,
    "views.open": slack_views.open_view,
    "views.update": slack_views.update_view,
    "views.publish": slack_views.publish_view,
    "assistant.threads.setSuggestedPrompts": slack_views.set_suggested_prompts,
    "assistant.threads.setStatus": slack_views.set_status,
}


def slack_routes(workspaces: Workspaces) -> list[Route]:
    """`/slack/api/<method>` and `/slack/response/<ticket>`."""

    async def call(request: Request) -> Response:
        method = request.path_params["method"]
        try:
            args = await read_arguments(request)
        except SlackError as refusal:
            return JSONResponse(refusal.body())
        caller = caller_of(request, args)
        found = workspaces.of_token(caller.token) if caller.token else None
        world = found[0] if found else workspaces.first
        payload = {name: value for name, value in args.given.items() if name not in SECRET}
        return await answer(world, request, (method, payload), lambda: _called(workspaces, caller, method, args), refused)

    async def respond(request: Request) -> Response:
        ticket = request.path_params["ticket"]
        world = workspaces.of_ticket(ticket)
        try:
            args = await read_arguments(request)
            return _responded(world, world.tickets.use_response(ticket), args)
        except LookupError as refusal:
            return JSONResponse({"ok": False, "error": str(refusal)}, 404)
        except SlackError as refusal:
            return JSONResponse(refusal.body(), 400)

    return [
        Route("/slack/api/{method}", call, methods=["GET", "POST"]),
        Route("/slack/response/{ticket}", respond, methods=["POST"]),
    ]


def show_answer(world: World, ticket: ResponseTicket, args: Arguments) -> None:
    """Show what the app answered to an interaction or a slash command: replaced, deleted or new, for one person or for all."""
    before = world.message(ticket.channel, ticket.message_ts) if ticket.message_ts else None
    if before is not None and args.flag("delete_original"):
        world.delete(before)
        return
    text, blocks = slack_chat.read_words(args)
    if text is None and not blocks:
        raise SlackError("no_text")
    if before is not None and args.flag("replace_original"):
        world.change(replace(before, text=text or "", blocks=blocks or [], edited=True))
        return
    everyone = args.maybe("response_type") == "in_channel"
    world.post(
        Message(
            channel=ticket.channel,
            ts="",
            user=world.installation.bot_user,
            text=text or "",
            blocks=blocks or [],
            thread_ts=args.maybe("thread_ts"),
            for_user=None if everyone else ticket.user,
        )
    )


def _called(workspaces: Workspaces, caller: Caller, method: str, args: Arguments) -> Response:
    headers = {}
    try:
        if method in APP_METHODS:
            return JSONResponse({"ok": True} | APP_METHODS[method](workspaces, caller, args))
        world, grant = let_in(workspaces, caller)
        headers["X-OAuth-Scopes"] = ",".join(grant.scopes)
        if method not in METHODS:
            raise SlackError("unknown_method")
        check_scopes(method, args, grant.scopes)
        body = {"ok": True} | METHODS[method](world, args)
    except SlackError as refusal:
        body = refusal.body()
    return JSONResponse(body, headers=headers)


def _responded(world: World, ticket: ResponseTicket, args: Arguments) -> Response:
    show_answer(world, ticket, args)
    return PlainTextResponse("ok")
