"""Chromium without a window, driven by the Chrome DevTools Protocol over a pipe."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

READ, WRITE = 3, 4  # the file descriptors of --remote-debugging-pipe, in Chromium


def chromium() -> str | None:
    """The program, if there is one on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


class Browser:
    """One page of a browser, of a size in pixels; ``dark``: whether it prefers a dark scheme."""

    def __init__(self, url: str, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        commands, self._write = os.pipe()
        self._read, answers = os.pipe()
        words = [
            str(chromium()), "--headless=new", "--no-sandbox", "--disable-gpu",
            "--hide-scrollbars", f"--window-size={width},{height}", "--remote-debugging-pipe",
            "--disable-dev-shm-usage", "about:blank",
        ]  # fmt: skip

        shell = f'exec {READ}<&{commands} {WRITE}>&{answers}; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, "bash", *words],
            pass_fds=(commands, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._rest, self._number, self._session = b"", 0, ""
        [page] = [t for t in self.send("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        target = {"targetId": page["targetId"], "flatten": True}
        self._session = self.send("Target.attachToTarget", **target)["sessionId"]
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.send("Emulation.setDeviceMetricsOverride", **screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result. Raises ``RuntimeError`` for an error."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            found = self._message()
            if found.get("id") == self._number:
                if "error" in found:
                    raise RuntimeError(found["error"]["message"])
                return found["result"]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._read, 1 << 20)
            if not part:
                raise RuntimeError("Chromium has ended")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        return json.loads(line)

    def run(self, code: str) -> Any:
        """The value of JavaScript in the page, awaited if it is a promise."""
        found = self.send(
            "Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def wait(self, condition: str, seconds: float = 60) -> None:
        """Wait until a condition holds in the page. Raises ``TimeoutError``."""
        end = time.monotonic() + seconds
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise TimeoutError(condition)
            time.sleep(0.05)

    def picture(self, path: Path, whole: bool = True) -> None:
        """Save a picture of the page, or only of what its window shows."""
        found = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def close(self) -> None:
        """End the browser."""
        self.send("Browser.close")
        self._process.wait(30)
        os.close(self._read)
        os.close(self._write)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
