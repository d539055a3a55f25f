"""Where Socket Mode connections arrive. Without a WebSocket library for the server nobody gets this far."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.lines import Line
from bot.playground.sockets import CONNECTIONS, Connection, End
from bot.playground.workspaces import Workspaces

GOING_AWAY = 1001
POLICY = 1008


def socket_routes(workspaces: Workspaces) -> list[WebSocketRoute]:
    """`/slack/socket/<ticket>`."""

    async def connected(socket: WebSocket) -> None:
        sockets = workspaces.sockets
        await socket.accept()
        if not sockets.redeem(socket.path_params["ticket"]):
            await socket.close(POLICY)
            return
        connection = Connection(asyncio.get_running_loop())
        await socket.send_json(_hello(workspaces, sockets.count + 1))
        sockets.opened(connection)
        try:
            await _talk(workspaces, socket, connection)
        finally:
            sockets.closed(connection)

    return [WebSocketRoute("/slack/socket/{ticket}", connected)]


async def _talk(workspaces: Workspaces, socket: WebSocket, connection: Connection) -> None:
    """Both directions at once, until one of them ends."""
    line: Line = getattr(socket.state, "line", None) or Line()
    both = (_sending(socket, connection, line), _hearing(workspaces, socket, connection))
    tasks = [asyncio.create_task(one) for one in both]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _sending(socket: WebSocket, connection: Connection, line: Line) -> None:
    while True:
        match await connection.outgoing.get():
            case str(text):
                await socket.send_text(text)
            case End.GOODBYE:
                with suppress(RuntimeError):
                    await socket.close(GOING_AWAY)
                return
            case End.CUT:
                line.cut()
                return
            case End.DEAF:
                line.deafen()


async def _hearing(workspaces: Workspaces, socket: WebSocket, connection: Connection) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            said = await socket.receive_text()
            with suppress(ValueError):
                message = json.loads(said)
                if isinstance(message, dict):
                    workspaces.sockets.heard(connection, message)


def _hello(workspaces: Workspaces, count: int) -> dict[str, object]:
    return {
        "type": "hello",
        "num_connections": min(count, CONNECTIONS),
        "debug_info": {"host": "playground", "approximate_connection_time": 18060},
        "connection_info": {"app_id": workspaces.registration.app},
    }
