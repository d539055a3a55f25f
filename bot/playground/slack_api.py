"""Slack's Web API on the laptop: the methods the app uses, and response URLs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.playground import slack_chat, slack_reads, slack_views
from bot.playground.arguments import Arguments, SlackError, read_arguments
from bot.playground.faults import Fault
from bot.playground.lines import answer
from bot.playground.tickets import ResponseTicket
from bot.playground.values import Json, Message
from bot.playground.world import World

Method = Callable[[World, Arguments], Json]

METHODS: dict[str, Method] = {
    "auth.test": slack_reads.auth_test,
    "users.info": slack_reads.user_info,
    "users.lookupByEmail": slack_reads.user_by_email,
    "users.list": slack_reads.list_users,
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
    "reactions.add": slack_chat.add_reaction,
    "reactions.remove": slack_chat.remove_reaction,
    "views.open": slack_views.open_view,
    "views.update": slack_views.update_view,
    "views.publish": slack_views.publish_view,
    "assistant.threads.setSuggestedPrompts": slack_views.set_suggested_prompts,
    "assistant.threads.setStatus": slack_views.set_status,
}
SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,im:history,im:write,reactions:write,users:read,users:read.email"
)


def slack_routes(world: World) -> list[Route]:
    """`/slack/api/<method>` and `/slack/response/<ticket>`."""

    async def call(request: Request) -> Response:
        method = request.path_params["method"]
        try:
            args = await read_arguments(request)
        except SlackError as refusal:
            return JSONResponse(refusal.body())
        payload = {name: value for name, value in args.given.items() if name != "token"}
        return await answer(world, request, (method, payload), lambda: _called(world, request, method, args), _refused)

    async def respond(request: Request) -> Response:
        try:
            args = await read_arguments(request)
            return _responded(world, world.tickets.use_response(request.path_params["ticket"]), args)
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


def _called(world: World, request: Request, method: str, args: Arguments) -> Response:
    try:
        _let_in(world, request, args)
        if method not in METHODS:
            raise SlackError("unknown_method")
        body = {"ok": True} | METHODS[method](world, args)
    except SlackError as refusal:
        body = refusal.body()
    return JSONResponse(body, headers={"X-OAuth-Scopes": SCOPES})


def _let_in(world: World, request: Request, args: Arguments) -> None:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else args.maybe("token")
    if not token:
        raise SlackError("not_authed")
    if token != world.installation.token:
        raise SlackError("invalid_auth")


def _refused(fault: Fault) -> Response:
    match fault.kind:
        case "rate_limited":
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers={"Retry-After": str(int(fault.seconds))})
        case "invalid_auth":
            return JSONResponse(SlackError("invalid_auth").body())
        case _:
            return PlainTextResponse("Internal Server Error", 500)


def _responded(world: World, ticket: ResponseTicket, args: Arguments) -> Response:
    show_answer(world, ticket, args)
    return PlainTextResponse("ok")
