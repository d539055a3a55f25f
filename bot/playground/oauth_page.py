"""Slack's page "Install this app?": who allows it in which workspace, and back to the app with a code."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.playground.arguments import Arguments, SlackError, read_arguments
from bot.playground.values import Json
from bot.playground.workspaces import Code, Workspaces
from bot.playground.world import World

PAGES = Path(__file__).parents[2] / "templates" / "pages"
AT_HOME = ("127.0.0.1", "localhost", "::1")
ADDRESSES = ("/slack/oauth/v2/authorize", "/oauth/v2/authorize")
"""Beside `/slack/api/`, as Slack's own stands beside `/api/`; and at the root."""

_jinja = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def oauth_routes(workspaces: Workspaces) -> list[Route]:
    """The page and its answer."""

    async def authorize(request: Request) -> Response:
        try:
            args = await read_arguments(request)
            _check(workspaces, args)
        except SlackError as refusal:
            return _page("wrong", error=refusal.error, status=400)
        if request.method == "POST":
            return _answered(workspaces, args)
        return _asked(workspaces, args)

    return [Route(address, authorize, methods=["GET", "POST"]) for address in ADDRESSES]


def _check(workspaces: Workspaces, args: Arguments) -> None:
    """Raises SlackError where Slack shows its own page of regret instead of sending anybody anywhere."""
    if args.maybe("client_id") != workspaces.registration.client_id:
        raise SlackError("invalid_client_id")
    if not _scopes(args):
        raise SlackError("invalid_scope")
    if urlsplit(_back(workspaces, args)).hostname not in (*AT_HOME, urlsplit(workspaces.first.url).hostname):
        raise SlackError("bad_redirect_uri")
    team = args.maybe("team")
    if team is not None and team not in workspaces:
        raise SlackError("invalid_team_for_non_distributed_app")


def _asked(workspaces: Workspaces, args: Arguments) -> Response:
    team = args.maybe("team")
    kept = {name: args.maybe(name) or "" for name in ("client_id", "scope", "state", "redirect_uri", "team")}
    choices = [_choice(world) for world in workspaces if team in (None, world.installation.team)]
    return _page("ask", fields=kept, choices=choices, scopes=_scopes(args), back=_back(workspaces, args))


def _choice(world: World) -> Json:
    people = [{"id": user.id, "name": user.name} for user in world.users.values() if user.role != "bot" and user.team is None]
    return {"team": world.installation.team, "name": world.installation.name, "people": people, "installed": world.installed}


def _answered(workspaces: Workspaces, args: Arguments) -> Response:
    state = {"state": args.maybe("state")} if args.maybe("state") else {}
    if args.maybe("answer") != "allow":
        return _sent_back(workspaces, args, {"error": "access_denied"} | state)
    team, _, user = (args.maybe("who") or "").partition("/")
    world = workspaces.get(team)
    if world is None or user not in world.users:
        return _page("wrong", error="user_not_found", status=400)
    if not world.installation.approved:
        return _page("request", workspace=world.installation.name)
    code = Code(team=team, user=user, scopes=_scopes(args), redirect_uri=args.maybe("redirect_uri"))
    return _sent_back(workspaces, args, {"code": workspaces.allow(code)} | state)


def _sent_back(workspaces: Workspaces, args: Arguments, told: Json) -> Response:
    back = _back(workspaces, args)
    return RedirectResponse(f"{back}{'&' if '?' in back else '?'}{urlencode(told)}", 302)


def _back(workspaces: Workspaces, args: Arguments) -> str:
    return args.maybe("redirect_uri") or f"{workspaces.first.url}/slack/oauth_redirect"


def _scopes(args: Arguments) -> tuple[str, ...]:
    return tuple(scope for scope in (args.maybe("scope") or "").replace(" ", ",").split(",") if scope)


def _page(kind: str, *, status: int = 200, back: str = "", **facts: object) -> Response:
    origin = urlsplit(back)
    forms = f"'self' {origin.scheme}://{origin.netloc}" if back else "'self'"
    policy = f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    known: Json = {"workspace": "", "error": "", "fields": {}, "choices": [], "scopes": ()}
    html = _jinja.get_template("playground_install.html").render(known | facts, kind=kind)
    return HTMLResponse(html, status, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})
