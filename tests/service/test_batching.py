"""Batches: what is computed together, and what a request gets when a worker does not answer."""

import asyncio
import threading
import time

import pytest

from imdb_lstm.inference.score import Scored
from imdb_lstm.service.batching import Batcher
from imdb_lstm.service.limits import Invalid, Limits, QueueFull, ServiceError, TooLate, WorkerLost
from imdb_lstm.service.metrics import Metrics
from imdb_lstm.service.workers import (
    Explain,
    Failed,
    Predict,
    Refused,
    WorkerEnded,
    WorkerTooSlow,
)


class FakeWorker:
    """Answers with the lengths of texts; ``does`` may do something else with a job first."""

    pid = 1

    def __init__(self, does=lambda job: None):
        self.does, self.jobs, self.alive, self.restarts = does, [], True, 0
        self.gate = threading.Event()
        self.gate.set()

    def wait_until_ready(self):
        pass

    def ask(self, job, seconds):
        assert self.gate.wait(10)
        self.jobs.append(job)
        if answer := self.does(job):
            return answer
        texts = job.texts if isinstance(job, Predict) else [job.text]
        return [Scored("", (float(len(text)),), "positive") for text in texts]

    def dies(self):
        self.alive = False
        raise WorkerEnded

    def restart(self):
        self.alive, self.restarts = True, self.restarts + 1

    def end(self):
        self.gate.set()


def run(test, *workers, **limits):
    """Run ``test(batcher)`` with workers; return its result."""

    async def running():
        batcher = Batcher(workers, Limits(**{"window": 0.02} | limits), Metrics())
        await batcher.start()
        try:
            return await test(batcher)
        finally:
            await batcher.close()

    return asyncio.run(running())


def lengths(answers):
    return [each.probabilities[0] for part in answers for each in part]


def test_requests_that_arrive_together_are_computed_together_and_get_their_own_answers():
    worker = FakeWorker()

    async def test(batcher):
        jobs = [[Predict("a", ["x" * n, "x" * (n + 1)])] for n in range(20)]
        return await asyncio.gather(*map(batcher.ask, jobs))

    answers = run(test, worker)
    assert [lengths(each) for each in answers] == [[n, n + 1] for n in range(20)]
    assert [job.cost for job in worker.jobs] == [40]


def test_a_batch_has_one_run_one_kind_and_bounded_texts():
    worker = FakeWorker()

    async def test(batcher):
        jobs = [Predict("a", ["x"] * 3), Predict("b", ["x"]), Explain("a", "x"),
                Predict("a", ["xx"] * 4), Predict("a", ["x"])]  # fmt: skip
        await asyncio.gather(*(batcher.ask([job]) for job in jobs))

    run(test, worker, batch_texts=5)
    assert [(job.run, job.cost) for job in worker.jobs] == [
        ("a", 4), ("b", 1), ("a", Explain.cost), ("a", 4)
    ]  # fmt: skip


def test_too_many_texts_are_refused_and_one_large_request_is_not():
    worker = FakeWorker()
    worker.gate.clear()

    async def test(batcher):
        first = asyncio.create_task(batcher.ask([Predict("a", ["x"] * 9)]))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull) as refused:
            await batcher.ask([Predict("a", ["x"])])
        assert refused.value.status == 429 and int(refused.value.headers["Retry-After"]) >= 1
        worker.gate.set()
        assert len(lengths(await first)) == 9
        return await batcher.ask([Predict("a", ["x"])])

    assert lengths(run(test, worker, queue=8)) == [1]


def test_a_worker_that_ends_is_replaced_and_its_jobs_are_tried_again_each_alone():
    worker = FakeWorker()
    worker.does = lambda job: worker.dies() if not worker.restarts else None

    async def test(batcher):
        jobs = [[Predict("a", ["x" * n])] for n in (1, 2, 3)]
        return await asyncio.gather(*map(batcher.ask, jobs))

    answers = run(test, worker)
    assert [lengths(each) for each in answers] == [[1], [2], [3]]
    assert [job.cost for job in worker.jobs] == [3, 1, 1, 1]
    assert worker.restarts == 1


def test_a_job_that_ends_two_workers_is_given_up_and_harms_no_other():
    worker = FakeWorker()
    worker.does = lambda job: worker.dies() if "poison" in job.texts else None

    async def test(batcher):
        jobs = [[Predict("a", [text])] for text in ("fine", "poison", "good")]
        return await asyncio.gather(*map(batcher.ask, jobs), return_exceptions=True)

    fine, lost, good = run(test, worker)
    assert lengths(fine) == lengths(good) == [4]
    assert isinstance(lost, WorkerLost) and lost.status == 503


def test_a_worker_that_ends_while_it_is_idle_is_replaced_and_costs_no_try():
    worker = FakeWorker()

    async def test(batcher):
        worker.alive = False
        assert not batcher.ready
        return await batcher.ask([Predict("a", ["x"])])

    assert lengths(run(test, worker)) == [1]
    assert worker.restarts == 1


def test_an_answer_that_is_too_late_is_504_and_what_waits_for_it_is_not_computed():
    worker = FakeWorker()
    worker.gate.clear()

    async def test(batcher):
        first = asyncio.create_task(batcher.ask([Predict("a", ["first"])]))
        await asyncio.sleep(0.05)
        with pytest.raises(TooLate):
            await batcher.ask([Predict("a", ["waits"])])
        with pytest.raises(TooLate):
            await first
        worker.gate.set()
        return await batcher.ask([Predict("a", ["last"])])

    assert lengths(run(test, worker, seconds=0.1)) == [4]
    assert [job.texts for job in worker.jobs] == [["first"], ["last"]]


def test_what_is_too_slow_is_not_tried_again():
    worker = FakeWorker()

    def slow(job):
        worker.alive = False
        raise WorkerTooSlow

    worker.does = slow

    async def test(batcher):
        with pytest.raises(TooLate):
            await batcher.ask([Predict("a", ["x"])])

    run(test, worker)
    assert len(worker.jobs) == 1


def test_refusals_and_failures_are_errors_of_the_request_alone():
    worker = FakeWorker(
        lambda job: Refused("no such class") if job.of else Failed("KeyError in x, line 1")
    )

    async def test(batcher):
        with pytest.raises(Invalid, match="no such class"):
            await batcher.ask([Explain("a", "x", of="odd")])
        with pytest.raises(ServiceError, match="internal error") as failed:
            await batcher.ask([Explain("a", "x")])
        assert failed.value.status == 500

    run(test, worker)


def test_an_unforeseen_error_is_one_of_its_requests_and_the_worker_goes_on():
    def fails(job):
        if job.texts == ["odd"]:
            raise OverflowError("timeout is too large")

    async def test(batcher):
        with pytest.raises(ServiceError, match="internal error"):
            await batcher.ask([Predict("a", ["odd"])])
        return await batcher.ask([Predict("a", ["three"])])

    [[scored]] = run(test, FakeWorker(fails))
    assert scored.probabilities == (5.0,)


def test_two_workers_compute_at_the_same_time():
    workers = FakeWorker(), FakeWorker()
    for worker in workers:
        worker.gate.clear()

    async def test(batcher):
        asked = asyncio.gather(*(batcher.ask([Predict("a", ["x"] * 4)]) for _ in range(2)))
        await asyncio.sleep(0.1)
        for worker in workers:
            worker.gate.set()
        await asked

    began = time.monotonic()
    run(test, *workers, batch_texts=4)
    assert [len(worker.jobs) for worker in workers] == [1, 1]
    assert time.monotonic() - began < 5
