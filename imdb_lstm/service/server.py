"""Starting and ending the service: its socket, its workers, and its token."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.inference.score import decision_rule_of
from imdb_lstm.runs.manifest import verify_run
from imdb_lstm.service.limits import Limits
from imdb_lstm.service.workers import ServedRun, Worker

NEEDED = ("fastapi", "uvicorn", "prometheus_client")
TOKEN = "IMDB_LSTM_TOKEN"
BACKLOG = 2048
KEEP_ALIVE = 20  # seconds that an idle connection is kept


def check_installed() -> None:
    """Raise ``ConfigError`` where the packages of the extra ``serve`` are missing."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise ConfigError(f"serve needs {missing[0]}: pip install 'imdb-lstm[serve]'")


def served_runs(
    folders: Sequence[Path],
    abstention_rate: float = 0.0,
    precision: tuple[str, float] | None = None,
) -> list[ServedRun]:
    """Verify the runs, and choose their decision rules.

    Raises ``RunError`` for a damaged run, and ``ConfigError`` for two runs of the same name and as
    ``decision_rule_of`` does.
    """
    names = [folder.resolve().name for folder in folders]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ConfigError(f"two runs have the name {twice[0]}: requests could not tell them apart")
    for folder in folders:
        verify_run(folder)
    rules = [decision_rule_of(folder, abstention_rate, precision)[0] for folder in folders]
    return [ServedRun(*each) for each in zip(names, folders, rules, strict=True)]


def read_token() -> str:
    """The bearer token of the environment variable ``IMDB_LSTM_TOKEN``; "" if it is not set.

    Raises ``ConfigError`` for one that is empty, or that no header can hold.
    """
    token = os.environ.get(TOKEN)
    if token is None:
        return ""
    if not (token.isascii() and token.isprintable()) or " " in token or not token:
        raise ConfigError(f"{TOKEN} must be visible ASCII characters: set another, or unset it")
    return token


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises ``ConfigError`` for an address that is not free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        # With its protocol named, asyncio turns Nagle's algorithm off, which costs 40 ms an answer.
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        return listening
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be served: {error.strerror or error}; choose another --host or "
            "--port"
        ) from error


def url_of(listening: socket.socket) -> str:
    """Return the address of a socket as a browser takes it."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def serve(
    runs: Sequence[ServedRun],
    listening: socket.socket,
    workers: int,
    limits: Limits,
    token: str,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Serve until the process is told to end, and then answer what has been asked already.

    ``started`` is called when the workers have loaded the runs. Raises ``RunError`` when they
    cannot.
    """
    processes = [Worker(runs) for _ in range(workers)]  # they load while this process imports
    try:
        _serve(runs, listening, processes, limits, token, started)
    finally:
        for process in processes:
            process.end(0)


def _serve(
    runs: Sequence[ServedRun],
    listening: socket.socket,
    processes: Sequence[Worker],
    limits: Limits,
    token: str,
    started: Callable[[], None],
) -> None:
    import uvicorn

    from imdb_lstm.service.app import create_app
    from imdb_lstm.service.batching import Batcher
    from imdb_lstm.service.logs import log, log_as_json
    from imdb_lstm.service.metrics import Metrics

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            log("draining")
            await super().shutdown(sockets)

    log_as_json()
    host = listening.getsockname()[0]
    if not token and not ipaddress.ip_address(host).is_loopback:
        log(f"others can reach {host}, and {TOKEN} is not set", level="warning")
    metrics = Metrics()
    batcher = Batcher(processes, limits, metrics)
    app = create_app(runs, batcher, metrics, token)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on",
        timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=int(limits.seconds) + 1,
    )  # fmt: skip
    server = Server(config)
    server.run(sockets=[listening])
    if not server.started:
        raise RunError("the workers did not start: see the log above")
