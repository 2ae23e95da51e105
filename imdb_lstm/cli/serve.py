"""``imdb-lstm serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import (
    AbstentionRate,
    Precision,
    Workers,
    app,
    console,
    examples,
    find_runs,
    parsed_precision,
)
from imdb_lstm.runs.find import SAVED_MODELS, default_run_line


@app.command(
    "serve", epilog=examples("imdb-lstm serve shipped", "imdb-lstm serve first second --port 80")
)
def serve_command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN...",
            help="Run folders, or their names in saved_models; the first is the default one. "
            "(default: newest)",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 for all of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen at; 0 for a free one.", min=0, max=65535)
    ] = 8000,
    workers: Workers = None,
    abstention_rate: AbstentionRate = 0,
    precision: Precision = None,
    queue: Annotated[
        int, typer.Option(help="Texts that may wait; more are answered with 429.", min=1)
    ] = 2000,
    timeout: Annotated[
        float, typer.Option(help="Seconds until an answer; later it is 504.", min=0.1, max=86_400)
    ] = 30,
) -> None:
    """Serve predictions and explanations over HTTP, until Ctrl-C or SIGTERM.

    Requests that arrive together are computed together, in one process a core. With
    IMDB_LSTM_TOKEN in the environment, every request needs it as a bearer token.
    """
    from imdb_lstm.service import server
    from imdb_lstm.service.limits import Limits
    from imdb_lstm.threads import threads

    server.check_installed()
    token = server.read_token()
    folders = find_runs(runs)
    served = server.served_runs(folders, abstention_rate, parsed_precision(precision))
    listening = server.bind(host, port)
    names = ", ".join(run.name for run in served)

    def started() -> None:
        if not runs:
            console.print(default_run_line(folders[0], SAVED_MODELS))
        console.print(f"serving {names} at {server.url_of(listening)}, how to ask: /docs")

    server.serve(served, listening, workers or threads(), Limits(queue, timeout), token, started)
