"""How long the HTML page of a run takes: from the last key to the answer, and to the marks.

    python -m benchmarks.page shipped
    python -m benchmarks.page shipped --beside "other work" --repeats 9

A text of so many words of the bundled sample is in the page, in Chromium without a window, and a
word is typed at its end: once the marks of the one before are there, so that nothing else is being
computed. Times are medians, in the page, from the key to the change of the page. ``load_seconds``
is from the start of the navigation to the first answer.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.browser import Browser
from benchmarks.record import record
from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_split
from imdb_lstm.page.write import write_page
from imdb_lstm.runs.find import SAVED_MODELS, find_run

TYPED = """new Promise((done) => {
  const [root, box, start] = [document.documentElement, document.getElementById("text"), performance.now()];
  const found = {};
  new MutationObserver((_, observer) => {
    if (root.dataset.answered === String(asked)) found.answer ??= performance.now() - start;
    if (root.dataset.marked !== String(asked)) return;
    observer.disconnect();
    done({ ...found, marks: performance.now() - start, steps: shown.text.marks.steps });
  }).observe(root, { attributes: true });
  box.value = WORDS;
  box.dispatchEvent(new Event("input"));
})"""  # noqa: E501


def text_of(words: int) -> list[str]:
    """The first words of the sample's train reviews."""
    texts = load_split(Config(data="sample"), "train").texts
    return " ".join(texts).split()[:words]


def measure(page: Path, words: int, repeats: int) -> dict[str, float | str]:
    """Type into a page, and return medians."""
    text = text_of(words + repeats)
    with Browser(page.absolute().as_uri()) as browser:
        browser.wait("document.documentElement.dataset.answered")
        load = browser.run("performance.now()") / 1000
        browser.wait("document.documentElement.dataset.marked")
        found = []
        for number in range(repeats):
            typed = repr(" ".join(text[number : number + words]))
            found.append(browser.run(TYPED.replace("WORDS", typed)))
        version = browser.send("Browser.getVersion")["product"]
    median = {key: statistics.median(each[key] for each in found) for key in found[0]}
    return {
        "answer_milliseconds": round(median["answer"]),
        "marks_seconds": round(median["marks"] / 1000, 2),
        "steps": median["steps"],
        "load_seconds": round(load, 2),
        "megabytes": round(page.stat().st_size / 1e6, 2),
        "browser": version,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--words", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--beside", default="", help="what else the machine did")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        write_page(find_run(asked.run, SAVED_MODELS), page)
        found = measure(page, asked.words, asked.repeats)
    beside = {"beside": asked.beside} if asked.beside else {}
    record("page", f"{asked.run}, {asked.words} words", **found, **beside)


if __name__ == "__main__":
    main()
