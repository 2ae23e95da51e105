"""The application: its paths, what they take and what they answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from imdb_lstm.config.values import load_config
from imdb_lstm.runs.files import read_json, read_metrics
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.service.batching import Batcher
from imdb_lstm.service.docs_page import docs_page
from imdb_lstm.service.guard import Guard, problem_body
from imdb_lstm.service.limits import Invalid, ServiceError, WorkerLost
from imdb_lstm.service.logs import log
from imdb_lstm.service.metrics import Metrics
from imdb_lstm.service.page import page
from imdb_lstm.service.schemas import (
    ExplainAnswer,
    ExplainRequest,
    PredictAnswer,
    PredictRequest,
    Problem,
    RunAbout,
    RunsAnswer,
)
from imdb_lstm.service.workers import Explain, Predict, ServedRun, scored_json

JSON = "application/json"
PIECE = 64  # texts of a request that one worker computes
DESCRIPTION = (
    "Classifies texts, and says what each word contributes. Bodies are JSON in UTF-8. Errors are "
    'one line of JSON, as {"error": "..."}.'
)
MEANINGS = {
    401: "The bearer token is missing or wrong, where the server has one",
    408: "The body took too long",
    413: "The body is too large",
    422: "The body is no JSON, or has too many or too long texts, or names an unknown run or class",
    429: "Too many texts are waiting: try again after the seconds of Retry-After",
    503: "No worker could compute the answer",
    504: "The answer took too long",
}


class Service:
    """What answers requests, for some runs; the first one is the default."""

    def __init__(self, runs: Sequence[ServedRun], batcher: Batcher, metrics: Metrics) -> None:
        self.runs = {run.name: run for run in runs}
        self.batcher, self.metrics = batcher, metrics
        self._page: bytes | None = None
        self._page_lock = asyncio.Lock()

    async def predict(self, body: PredictRequest, request: Request) -> Response:
        """Classify texts: the probability of each class, and a verdict."""
        run = self._run(body.run)
        request.state.told = {"run": run.name, "texts": len(body.texts)}
        jobs = [
            Predict(run.name, body.texts[start : start + PIECE])
            for start in range(0, len(body.texts), PIECE)
        ]
        scored = [each for part in await self.batcher.ask(jobs) for each in part]
        predictions = [scored_json(each, run.rule.names) for each in scored]
        return _json({"run": run.name, "predictions": predictions})

    async def explain(self, body: ExplainRequest, request: Request) -> Response:
        """Say what each word of a text contributes to the logit, by integrated gradients."""
        run = self._run(body.run)
        request.state.told = {"run": run.name, "texts": 1}
        [found] = await self.batcher.ask([Explain(run.name, body.text, body.of, body.against)])
        return _json({"run": run.name, **found})

    def _run(self, name: str | None) -> ServedRun:
        if name is None:
            return next(iter(self.runs.values()))
        if name not in self.runs:
            raise Invalid(f"there is no run {name!r}; there are: {', '.join(self.runs)}")
        return self.runs[name]

    async def list_runs(self) -> Response:
        """List the runs that are served, the default one first."""
        return self._listed

    @cached_property
    def _listed(self) -> Response:
        return _json({"runs": [about(run).model_dump() for run in self.runs.values()]})

    async def healthz(self) -> Response:
        """Say that the server runs."""
        return _json({"status": "ok"})

    async def readyz(self) -> Response:
        """Say whether a worker has loaded the runs and can answer."""
        if not self.batcher.ready:
            raise WorkerLost("no worker is ready")
        return _json({"status": "ready"})

    async def prometheus(self) -> Response:
        """Metrics in Prometheus' text format."""
        return Response(self.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def index(self) -> Response:
        """The page of the default run, which is made when it is first asked for."""
        async with self._page_lock:
            if self._page is None:
                run = next(iter(self.runs.values()))
                self._page = (await asyncio.to_thread(page, run)).encode()
        return HTMLResponse(self._page)


def create_app(
    runs: Sequence[ServedRun], batcher: Batcher, metrics: Metrics, token: str = ""
) -> Guard:
    """Return the ASGI application that serves some runs; its lifespan starts and ends workers."""
    app = FastAPI(
        title="imdb-lstm",
        version="1",  # of these paths, which begin with it
        description=DESCRIPTION,
        docs_url=None,  # both load scripts from other servers
        redoc_url=None,
        lifespan=_lifespan(batcher),
    )
    _add_paths(app, Service(runs, batcher, metrics), bool(token))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.openapi()))

    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    paths = {route.path for route in app.routes if hasattr(route, "path")}
    return Guard(app, paths, batcher.limits, metrics, token)


def _add_paths(app: FastAPI, service: Service, token: bool) -> None:
    common = [401] if token else []
    asked = [*common, 408, 413, 422, 429, 503, 504]
    app.add_api_route(
        "/v1/predict", service.predict, methods=["POST"],
        response_model=PredictAnswer, responses=_problems(asked),
    )  # fmt: skip
    app.add_api_route(
        "/v1/explain", service.explain, methods=["POST"],
        response_model=ExplainAnswer, responses=_problems(asked),
    )  # fmt: skip
    app.add_api_route(
        "/v1/runs", service.list_runs, response_model=RunsAnswer, responses=_problems(common)
    )
    app.add_api_route("/healthz", service.healthz)
    app.add_api_route("/readyz", service.readyz, responses=_problems([503]))
    app.add_api_route("/metrics", service.prometheus, include_in_schema=False)
    app.add_api_route("/", service.index, include_in_schema=False)


def _problems(statuses: Sequence[int]) -> dict[int | str, dict[str, Any]]:
    return {each: {"model": Problem, "description": MEANINGS[each]} for each in sorted(statuses)}


def _lifespan(batcher: Batcher) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            await batcher.start()
            yield
        finally:
            await batcher.close()
            log("stopped")

    return lifespan


def about(run: ServedRun) -> RunAbout:
    """Describe a run by the files in its folder. Raises ``RunError``."""
    config, metrics = load_config(run.folder / "config.toml"), read_metrics(run.folder)
    return RunAbout(
        name=run.name,
        classes=list(run.rule.names),
        encoder=config.encoder,
        parameters=metrics.get("parameters"),
        maximum_length=config.maximum_length,
        validation_accuracy=metrics.get("validation", {}).get("accuracy"),
        created=read_json(run.folder / MANIFEST_FILE)["created"],
        abstains=run.rule.unsure_below > -float("inf"),
    )


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, media_type=JSON)


async def _service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    return Response(problem_body(str(error)), error.status, error.headers, JSON)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 400:  # FastAPI's status where its parser gives up
        return Response(problem_body("the body is no JSON in UTF-8"), 422, headers, JSON)
    return Response(problem_body(error.detail), error.status_code, headers, JSON)


async def _invalid(request: Request, error: Exception) -> Response:
    """Name the first field that is wrong, and never its value."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"])) or "body"
    return Response(problem_body(f"{place}: {first['msg']}"), 422, media_type=JSON)
