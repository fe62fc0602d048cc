"""A simulated panel on a real socket."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import time
from types import TracebackType
from typing import Self

from aiohttp import web

from .api import respond
from .behaviour import Behaviour
from .certificate import self_signed_context
from .faults import Answer, Close, Delay, Hang
from .page import page_routes
from .panel import Panel, is_api
from .web_page import web_file


class SimulatedPanel(Panel):
    """A panel that listens on one address as long as its context lasts.

    Port 0 takes any free port; `port` and `url` tell which one. With `https` the port
    has a self-signed certificate, and an `http_port`, if there is one, redirects there.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        https: bool = False,
        http_port: int | None = None,
        name: str = "AA-07FB",
        password: str = "123456",
        behaviour: Behaviour | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make a panel that is still switched off."""
        super().__init__(
            f"{host}:{port}",
            name=name,
            password=password,
            behaviour=behaviour,
            clock=clock,
        )
        self.host = host
        self.port = port
        self.http_port = http_port
        self._ssl_context = self_signed_context(host) if https else None
        self._runner: web.AppRunner | None = None
        self._off = asyncio.Event()

    @property
    def url(self) -> str:
        """The address for a client or a browser."""
        return f"{'https' if self._ssl_context else 'http'}://{self.host}:{self.port}"

    @property
    def http_url(self) -> str:
        """The address that redirects to `url`."""
        return f"http://{self.host}:{self.http_port}"

    async def __aenter__(self) -> Self:
        """Switch the panel on."""
        await self.switch_on()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Switch the panel off."""
        await self.switch_off()

    async def switch_on(self) -> None:
        """Listen, at the same address as before."""
        if self._runner:
            return
        app = web.Application(middlewares=[self._redirect])
        app.add_routes([*page_routes(self), web.route("*", "/{path:.*}", self._handle)])
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(
                runner, self.host, self.port, ssl_context=self._ssl_context
            ).start()
            self.port = runner.addresses[0][1]
            if self.http_port is not None:
                await web.TCPSite(runner, self.host, self.http_port).start()
                self.http_port = runner.addresses[1][1]
        except OSError:
            await runner.cleanup()
            raise
        self._off.clear()
        self._runner = runner

    async def switch_off(self) -> None:
        """Close all connections and stop listening."""
        if self._runner:
            self._off.set()
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _redirect(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        if self._ssl_context is None or request.secure:
            return await handler(request)
        self.record(request.method, request.path).status = 301
        return web.Response(
            status=301, headers={"Location": f"{self.url}{request.path_qs}"}
        )

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        record = self.record(request.method, request.path)
        answer = await self._answer(request)
        if answer is None:
            if request.transport:
                request.transport.abort()
            return web.Response()
        record.status = answer.status
        return web.Response(
            status=answer.status,
            body=answer.body,
            headers={"Content-Type": answer.content_type, **answer.headers},
        )

    async def _answer(self, request: web.Request) -> Answer | None:
        """Return the answer, or None when the connection is to be closed instead."""
        fault = Close() if self.api_off else self.next_fault(request.path)
        match fault:
            case Answer():
                return fault
            case Close():
                return None
            case Hang():
                await self._off.wait()
                return None
            case Delay(seconds):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._off.wait(), seconds)
                    return None
            case None:
                pass
        if request.method not in ("GET", "HEAD"):
            return Answer.json({"error": "Method not allowed"}, 405)
        if not is_api(request.path):
            return web_file(self, request.path)
        answer = respond(
            self, request.path, request.query, request.headers.get("Authorization", "")
        )
        return answer if isinstance(answer, Answer) else None
