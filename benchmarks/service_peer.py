"""The obvious server: a network in TensorFlow behind FastAPI, each request predicted on its own.

python -m benchmarks.service_peer shipped
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI

from imdb_lstm.inference.classifier import load_classifier


def application(run: str) -> FastAPI:
    """An application that predicts with Keras, in the threads of FastAPI."""
    classifier = load_classifier(run, "cpu", "keras")
    for words in (3, 5, 200, 400):  # compiled before the first request, for any length
        classifier.predict(["word " * words])
    app = FastAPI()

    @app.post("/v1/predict")
    def predict(body: dict[str, Any]) -> dict[str, list[float]]:
        return {"probabilities": classifier.predict(body["texts"]).tolist()}

    return app


def main(run: str) -> None:
    """Serve at a free port, and print the address."""
    app = application(run)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    print(f"serving at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run([listening])


if __name__ == "__main__":
    main(sys.argv[1])
