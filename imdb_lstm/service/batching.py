"""Micro-batches: texts that arrive together, or wait together for a worker, are computed together.

A worker that is free takes the oldest job and all that wait for the same run, up to a limit. If
that is little, it first waits a few milliseconds for more.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from imdb_lstm.errors import RunError
from imdb_lstm.service.limits import (
    RETRY_SECONDS,
    Invalid,
    Limits,
    QueueFull,
    ServiceError,
    TooLate,
    WorkerLost,
)
from imdb_lstm.service.logs import log
from imdb_lstm.service.metrics import Metrics
from imdb_lstm.service.workers import (
    Failed,
    Job,
    Predict,
    Refused,
    Worker,
    WorkerEnded,
    WorkerTooSlow,
)

LOOK_SECONDS = 0.5  # between two looks whether an idle worker has ended
RESTART_SECONDS = 2.0  # between two tries to replace one


@dataclass
class Waiting:
    """A job in the queue, and the future of its answer. ``retried``: a worker ended over it."""

    job: Job
    answer: asyncio.Future[Any]
    arrived: float
    retried: bool = False


class Batcher:
    """The queue of jobs, and a task for each worker that takes batches from it."""

    def __init__(self, workers: Sequence[Worker], limits: Limits, metrics: Metrics) -> None:
        self.workers, self.limits, self.metrics = workers, limits, metrics
        self._queue: deque[Waiting] = deque()
        self._cost = 0  # of the jobs that wait or are computed
        self._arrived = asyncio.Event()
        self._threads = ThreadPoolExecutor(len(workers), "worker")
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ready(self) -> bool:
        """Whether a worker can answer."""
        return bool(self._tasks) and any(worker.alive for worker in self.workers)

    async def start(self) -> None:
        """Wait until all workers have loaded the runs. Raises ``RunError``."""
        await asyncio.gather(*(self._in_thread(each.wait_until_ready) for each in self.workers))
        self._tasks = [asyncio.create_task(self._run(worker)) for worker in self.workers]
        for worker in self.workers:
            log("worker started", pid=worker.pid)

    async def close(self) -> None:
        """End the workers; the jobs that wait are given up."""
        for task in self._tasks:
            task.cancel()
        for worker in self.workers:
            await asyncio.to_thread(worker.end)
        self._threads.shutdown()

    async def ask(self, jobs: Sequence[Job]) -> list[Any]:
        """Return the answers to jobs, in their order.

        Raises ``QueueFull``, ``Invalid`` for a job that is refused, ``TooLate``, ``WorkerLost``,
        and ``ServiceError`` where a worker failed.
        """
        cost = sum(job.cost for job in jobs)
        if self._cost and self._cost + cost > self.limits.queue:
            raise QueueFull(
                "too many texts are waiting: try again later", {"Retry-After": str(RETRY_SECONDS)}
            )
        waiting = [self._put(job) for job in jobs]
        answers = [each.answer for each in waiting]
        try:
            async with asyncio.timeout(self.limits.seconds):
                return [_checked(found) for found in await asyncio.gather(*answers)]
        except TimeoutError as error:
            raise TooLate(f"no answer within {self.limits.seconds:g} seconds") from error
        finally:
            for future in answers:
                future.cancel()

    def _put(self, job: Job) -> Waiting:
        waiting = Waiting(job, asyncio.get_running_loop().create_future(), time.monotonic())
        self._count(job.cost)
        waiting.answer.add_done_callback(lambda _: self._count(-job.cost))
        self._queue.append(waiting)
        self._arrived.set()
        return waiting

    def _count(self, cost: int) -> None:
        self._cost += cost
        self.metrics.queue.set(self._cost)

    async def _run(self, worker: Worker) -> None:
        """Have a worker compute batches, and replace it when it has ended."""
        while True:
            if not worker.alive:
                await self._restart(worker)
            elif batch := await self._next_batch():
                await self._compute(worker, batch)

    async def _next_batch(self) -> list[Waiting]:
        """Wait for jobs, and take some that can be computed together; none after a while."""
        if not self._queue:
            self._arrived.clear()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        if self._queue:
            young = self._queue[0].arrived + self.limits.window - time.monotonic()
            if young > 0 and sum(each.job.cost for each in self._queue) < self.limits.batch_texts:
                await asyncio.sleep(young)
        return self._take()

    def _take(self) -> list[Waiting]:
        """Take the oldest job, and those of the same run that fit into a batch with it."""
        taken: list[Waiting] = []
        left: deque[Waiting] = deque()
        cost = 0
        while self._queue:
            each = self._queue.popleft()
            if each.answer.done():  # nobody waits for it any more
                continue
            if taken and not (
                _together(taken[0], each) and cost + each.job.cost <= self.limits.batch_texts
            ):
                left.append(each)
                continue
            taken.append(each)
            cost += each.job.cost
        self._queue = left
        return taken

    async def _compute(self, worker: Worker, batch: list[Waiting]) -> None:
        """Have a worker answer a batch. If it ends, each job gets one more try, on its own."""
        job = _joined([each.job for each in batch])
        began = time.monotonic()
        try:
            found = await self._in_thread(worker.ask, job, self.limits.seconds)
        except WorkerTooSlow:
            log("worker too slow", level="error", pid=worker.pid)
            _give_up(batch, TooLate(f"no answer within {self.limits.seconds:g} seconds"))
            return
        except WorkerEnded:
            log("worker ended", level="error", pid=worker.pid)
            self._try_again(batch)
            return
        except Exception as error:  # so that this worker's later batches are still computed
            log("internal error", level="error", reason=f"{type(error).__name__}: {error}")
            _give_up(batch, ServiceError("internal error, which the log tells of"))
            return
        self.metrics.computed(job, time.monotonic() - began)
        for each, answer in zip(batch, _divided(batch, found), strict=True):
            if not each.answer.done():
                each.answer.set_result(answer)

    def _try_again(self, batch: list[Waiting]) -> None:
        _give_up(
            [each for each in batch if each.retried],
            WorkerLost("two processes ended while they computed the answer"),
        )
        again = [each for each in batch if not each.retried]
        for each in again:
            each.retried = True
        self._queue.extendleft(reversed(again))
        self._arrived.set()

    async def _restart(self, worker: Worker) -> None:
        """Replace a worker that has ended; while that fails and no other runs, no job waits."""
        self.metrics.restarts.inc()
        try:
            await self._in_thread(worker.restart)
            log("worker started", pid=worker.pid)
        except (RunError, OSError) as error:
            log("worker cannot be started", level="error", reason=str(error))
            if not any(each.alive for each in self.workers):
                _give_up(self._queue, WorkerLost("no process can be started that computes"))
                self._queue.clear()
            await asyncio.sleep(RESTART_SECONDS)

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, function, *arguments)


def _together(first: Waiting, other: Waiting) -> bool:
    """Whether two jobs can be computed at once. One that a worker ended over is computed alone."""
    if first.retried or other.retried:
        return False
    return (
        isinstance(first.job, Predict)
        and isinstance(other.job, Predict)
        and first.job.run == other.job.run
    )


def _joined(jobs: Sequence[Job]) -> Job:
    """One job with the texts of several."""
    if len(jobs) == 1:
        return jobs[0]
    texts = [text for job in jobs if isinstance(job, Predict) for text in job.texts]
    return Predict(jobs[0].run, texts)


def _divided(batch: Sequence[Waiting], found: Any) -> list[Any]:
    """The answer to each job of a batch."""
    if len(batch) == 1 or not isinstance(found, list):
        return [found] * len(batch)
    remaining = iter(found)
    return [[next(remaining) for _ in range(each.job.cost)] for each in batch]


def _checked(found: Any) -> Any:
    """An answer. Raises what stands in place of one."""
    if isinstance(found, Refused):
        raise Invalid(found.message)
    if isinstance(found, Failed):
        log("computation failed", level="error", error=found.error)
        raise ServiceError("internal error")
    return found


def _give_up(waiting: Sequence[Waiting] | deque[Waiting], error: ServiceError) -> None:
    for each in waiting:
        if not each.answer.done():
            each.answer.set_exception(error)
