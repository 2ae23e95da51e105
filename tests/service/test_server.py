"""The service as its users meet it: a server process, and an HTTP client."""

import json
import os
import random
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from serving import serving

from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.service.limits import MOST_BYTES, MOST_CHARACTERS, MOST_TEXTS

pytestmark = pytest.mark.slow
TEXTS = ["The plot is wonderful, a joy", "The cast was bad and boring", "", "\0 ... 片"]
SECRET = "confidential"  # in all that is sent by hostile clients, and never in a log


@pytest.fixture(scope="module")
def server(tiny_run, tmp_path_factory):
    log = tmp_path_factory.mktemp("service") / "log"
    with serving(log, tiny_run, "--workers", "2", "--queue", "400") as started:
        yield started


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as opened:
        yield opened


def predicted(client, texts, **more):
    return client.post("/v1/predict", json={"texts": texts, **more})


def test_probabilities_are_those_of_the_run(client, tiny_run):
    found = predicted(client, TEXTS).json()
    classifier = load_classifier(tiny_run)
    second = [each["probabilities"]["positive"] for each in found["predictions"]]
    np.testing.assert_allclose(second, classifier.predict(TEXTS), atol=1e-6)
    verdicts = [each["verdict"] for each in found["predictions"]]
    assert verdicts == classifier.predict_labels(TEXTS)
    coverage = [(each["unknown_share"], each["cut"]) for each in found["predictions"]]
    np.testing.assert_allclose(coverage, classifier.read(TEXTS)[1], atol=1e-4)
    assert found["run"] == tiny_run.name
    for each in found["predictions"]:
        assert sum(each["probabilities"].values()) == pytest.approx(1)


def test_contributions_sum_to_the_change_of_the_logit_and_name_places_in_the_text(client):
    text = "The acting is wonderful, was bad. " * 3
    found = client.post("/v1/explain", json={"text": text}).json()
    total = sum(word["contribution"] or 0 for word in found["words"])
    assert total == pytest.approx(found["logit"] - found["baseline_logit"], rel=0.02, abs=1e-3)
    for word in found["words"]:
        assert found["text"][word["start"] : word["end"]].lower() == word["token"]
    other = client.post("/v1/explain", json={"text": text, "of": "negative"}).json()
    assert other["logit"] == pytest.approx(-found["logit"])


def test_runs_health_metrics_and_pages(client, tiny_run):
    [run] = client.get("/v1/runs").json()["runs"]
    assert run["name"] == tiny_run.name and run["classes"] == ["negative", "positive"]
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    before = counted(client, "imdb_lstm_texts_total")
    predicted(client, TEXTS)
    assert counted(client, "imdb_lstm_texts_total") == before + len(TEXTS)
    for path in ("/", "/docs"):
        html = client.get(path).text
        assert tiny_run.name in html or "/v1/explain" in html
        assert not re.search(r"(?:src|href)=.?https?://(?!127\.0\.0\.1)", html)
    assert "<script" not in html  # of /docs; the other page forbids itself every connection
    assert "Content-Security-Policy" in client.get("/").text


def counted(client, name):
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def refusal(answer):
    assert answer.headers["content-type"] == "application/json"
    assert "traceback" not in answer.text.lower()
    return answer.status_code, answer.json()["error"]


def test_limits_have_clear_answers(client):
    assert refusal(predicted(client, ["x" * (MOST_CHARACTERS + 1)]))[0] == 422
    status, words = refusal(predicted(client, ["x"] * (MOST_TEXTS + 1)))
    assert status == 422 and str(MOST_TEXTS) in words
    assert refusal(client.post("/v1/predict", content=b"x" * (MOST_BYTES + 1)))[0] == 413
    assert refusal(predicted(client, ["x"], run="../shipped"))[0] == 422
    assert refusal(predicted(client, []))[0] == 422
    assert refusal(client.post("/v1/explain", json={"text": "x", "of": "odd"}))[0] == 422
    assert refusal(client.get("/etc/passwd"))[0] == 404
    assert refusal(client.get("/v1/predict"))[0] == 405
    assert predicted(client, ["x" * MOST_CHARACTERS]).status_code == 200
    assert client.options("/v1/predict", headers={"Origin": "https://example.org"}).is_error


def test_more_texts_than_may_wait_are_429_with_the_time_to_try_again(server, client):
    texts = ["The plot is wonderful " * 60] * 200

    def ask(_):
        return predicted(client, texts)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert predicted(client, TEXTS).status_code == 200


def hostile_bodies(count):
    """Bodies of every bad kind that JSON and UTF-8 allow or forbid."""
    random_ = random.Random(11)
    good = json.dumps({"texts": [f"{SECRET} film", "é"]}).encode()
    values = [None, True, -1, 1e308, [], {}, "x", [[f"{SECRET}"]], ["x", None], [1], {"a": "b"}]
    makers = [
        lambda: good[: random_.randrange(len(good))],
        lambda: bytes(random_.randrange(256) for _ in range(random_.randrange(200))),
        lambda: json.dumps({"texts": random_.choice(values)}).encode(),
        lambda: json.dumps({random_.choice(["text", "of", "", SECRET]): "x"}).encode(),
        lambda: good.replace(b"film", random_.choice([b"\xff\xfe", b"\\ud800", b"\0", b"\\u0000"])),
        lambda: good.decode().encode(random_.choice(["utf-16", "utf-32", "utf-8-sig", "utf-7"])),
        lambda: (b"[" * random_.choice([10, 1_000, 100_000])) + SECRET.encode(),
        lambda: b'{"texts":' + b'{"a":' * random_.choice([10, 1_000, 100_000]),
        lambda: b'{"texts": [' + b"9" * random_.choice([10, 5_000]) + b"]}",
        lambda: b'{"texts": ["' + SECRET.encode() + b'", NaN, -Infinity]}',
        lambda: json.dumps({"texts": [SECRET], "run": random_.choice([1, "", "a" * 300, "\0"])})
        .encode(),
        lambda: flipped(random_, good),
    ]  # fmt: skip
    for number in range(count):
        yield makers[number % len(makers)]()


def flipped(random_, body):
    changed = bytearray(body)
    for _ in range(random_.randrange(1, 6)):
        changed[random_.randrange(len(changed))] = random_.randrange(256)
    return bytes(changed)


def test_a_thousand_hostile_bodies_get_4xx_and_leave_no_trace_in_the_log(server, client):
    kinds = ["application/json", "application/json; charset=utf-16", "text/plain", ""]
    statuses = set()
    for number, body in enumerate(hostile_bodies(996)):
        path = "/v1/explain" if number % 5 == 0 else "/v1/predict"
        kind = kinds[number % 7 if number % 7 < len(kinds) else 0]
        answer = client.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code in (200, 422), (body[:99], answer)
        assert SECRET not in answer.text.lower() or answer.status_code == 200
        statuses.add(answer.status_code)
    for _ in range(4):
        assert client.post("/v1/predict", content=b"x" * 10_000_000).status_code == 413
    assert statuses == {200, 422}
    assert predicted(client, TEXTS).status_code == 200
    written = server.log.read_text("utf-8").lower()
    assert SECRET not in written and "traceback" not in written and '"error"' not in written


def test_clients_that_send_slowly_or_leave_do_not_hinder_others(server, client):
    port = int(server.url.rpartition(":")[2])
    head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    for number, each in enumerate(slow):
        each.sendall(head[: 20 + number] if number % 2 else head + b'{"texts"')
    assert predicted(client, TEXTS).status_code == 200
    for each in slow:
        each.close()
    garbage = socket.create_connection(("127.0.0.1", port))
    garbage.sendall(b"\x16\x03\x01 no HTTP \r\n\r\n")
    assert b" 400 " in garbage.recv(100)
    garbage.close()
    assert predicted(client, TEXTS).status_code == 200
    assert "traceback" not in server.log.read_text("utf-8").lower()


def test_no_request_is_lost_when_a_worker_is_killed(server, client):
    def ask(_):
        return predicted(client, TEXTS * 20).status_code

    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(ask, range(60))
        os.kill(server.logged("worker started")[0]["pid"], signal.SIGKILL)
        assert set(asked) == {200}
    end = time.monotonic() + 20
    while len(server.logged("worker started")) < 3 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(server.logged("worker started")) == 3
    assert predicted(client, TEXTS).status_code == 200


def test_sigterm_answers_what_was_asked_and_then_ends(tiny_run, tmp_path):
    texts = ["The plot is wonderful " * 60] * MOST_TEXTS
    with (
        serving(tmp_path / "log", tiny_run, "--workers", "1") as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        [worker] = [each["pid"] for each in server.logged("worker started")]
        os.kill(worker, signal.SIGSTOP)  # so that nothing is answered before the server shall end
        asked = [pool.submit(predicted, client, texts) for _ in range(4)]
        end = time.monotonic() + 20
        with httpx.Client(base_url=server.url, trust_env=False) as other:
            while counted(other, "imdb_lstm_queue_texts") < len(texts) * 4:
                assert time.monotonic() < end
                time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        while not server.logged("draining"):
            assert time.monotonic() < end
            time.sleep(0.01)
        os.kill(worker, signal.SIGCONT)
        assert server.process.wait(30) == 143
        assert [each.result().status_code for each in asked] == [200] * 4
        events = [json.loads(line)["event"] for line in server.log.read_text("utf-8").splitlines()]
    assert events[-1] == "stopped"
    assert "request" in events[events.index("draining") :]


def test_answers_are_those_that_openapi_describes(server, client):
    api = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    # The names of runs and classes are no part of OpenAPI, so that unknown ones are valid there.
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) == 5
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=20, deadline=None, derandomize=True)
        def check(case):
            case.call_and_validate(base_url=server.url, excluded_checks=[positive_data_acceptance])

        check()
