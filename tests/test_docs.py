"""README and docs: their commands, Python blocks, links and words are those of this version."""

import ast
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer

import imdb_lstm
from docs.generate_options import PAGE, page
from imdb_lstm.cli import app, load_commands, main

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
PATHS = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "saved_models" / "README.md"]
PAGES = {path: path.read_text(encoding="utf-8") for path in PATHS}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^]]*\]\(([^)\s]+)\)")
NAME = re.compile(r"(?:config|text|metrics|device|data|models|runs|training|inference|explanation"
                  r"|evaluation|api|cli|errors)(?:\.\w+)+")  # fmt: skip
MODULE = ROOT / "imdb_lstm"
load_commands()
COMMANDS = typer.main.get_command(app)

# Words of the glossary's left column that a reader would look up in vain.
FORMER = re.compile(
    r"foretell|patchwork|\bparcel|\bby heart\b|telling words?\b|word[- ]pairs?\b|pairhash"
    r"|frozen vectors|depth decay|logit spread|running logit|unsure share|second opinion"
    r"|positive information|weight average|averaged weights|\btempered\b|\btaught\b|\bsealed\b"
    r"|\bunfreeze[-_]epochs|segment[-_]length|embedding[-_]units"
)  # of lower-cased text


def blocks(text, marker=None):
    """(language, code) of the fenced blocks, all or between two markers."""
    if marker:
        text = text.partition(f"<!-- {marker} -->")[2].partition(f"<!-- {marker} ends")[0]
    return BLOCK.findall(text)


def commands(text):
    """The arguments of every ``imdb-lstm`` command, in blocks and in inline code."""
    inline = [code for code in INLINE.findall(BLOCK.sub("", text)) if code.startswith("imdb-lstm ")]
    shell = [code for language, code in blocks(text) if not language]
    lines = [line for code in shell for line in code.splitlines()]
    lines += [code for code in inline if code.split()[1].islower()]  # not "imdb-lstm COMMAND"
    found = (re.search(r"\bimdb-lstm (.*)", line) for line in lines)
    return [shlex.split(match[1], comments=True) for match in found if match]


def command_of(words):
    """The command and the words after its name."""
    command = COMMANDS.commands[words[0]]
    if hasattr(command, "commands") and len(words) > 1:
        return command.commands[words[1]], words[2:]
    return command, words[1:]


def options_of(command):
    own = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    inner = getattr(command, "commands", {}).values()
    return own | {option for each in inner for option in options_of(each)} | {"--help"}


def anchors(text):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def printed_as_promised(code, printed):
    """Check the ``# ...`` behind every ``print`` of a block; "..." at its end means any rest."""
    for promised in re.findall(r"print\(.*\)  +# (.*)", code):
        start = promised.removesuffix("...")
        assert any(line.startswith(start) for line in printed.splitlines()), promised


@pytest.mark.slow
def test_the_quickstart_works_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (_, shell), (_, python) = blocks(PAGES[README], "quickstart")
    for words in commands(f"```\n{shell}```"):
        assert main(words) == 0, words
    assert "positive" in capsys.readouterr().out
    exec(python, {})
    printed_as_promised(python, capsys.readouterr().out)


@pytest.mark.slow
def test_the_five_functions_work_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    [(_, python)] = blocks(PAGES[README], "interface")
    exec(python, {})
    printed_as_promised(python, capsys.readouterr().out)


@pytest.fixture(scope="module")
def saved_models(tmp_path_factory):
    """A folder of two runs that are trained on the sample: ``first`` and ``ngrams``."""
    output = tmp_path_factory.mktemp("runs") / "saved_models"
    imdb_lstm.train("sample", "first", epochs=2, output=output, quiet=True)
    imdb_lstm.train("sample", "ngrams", encoder="ngrams-nb", output=output, quiet=True)
    return output


WITH_PYTHON = [path for path in PATHS if path != README and "```python" in PAGES[path]]


@pytest.mark.slow
@pytest.mark.parametrize("path", WITH_PYTHON, ids=lambda path: path.name)
def test_python_blocks_work_as_written(path, saved_models, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(saved_models, "saved_models")
    for code in [code for language, code in blocks(PAGES[path]) if language == "python"]:
        exec(code, {})
        printed_as_promised(code, capsys.readouterr().out)


def test_every_python_block_of_the_readme_is_run_above():
    of_sections = [*blocks(PAGES[README], "quickstart"), *blocks(PAGES[README], "interface")]
    python = [block for block in blocks(PAGES[README]) if block[0] == "python"]
    assert python == [block for block in of_sections if block[0] == "python"]


def test_every_command_parses():
    for text in PAGES.values():
        for words in commands(text):
            command, rest = command_of(words)
            if command.params and not hasattr(command, "commands"):
                command.make_context(words[0], rest)


def test_every_option_exists():
    known = options_of(COMMANDS)
    for path, text in PAGES.items():
        if path == GLOSSARY:
            continue
        for code in INLINE.findall(BLOCK.sub("", text)):
            for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", code):
                assert option in known, f"{path.name}: {option}"


def test_every_command_has_its_line_in_the_readme():
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGES[README], re.MULTILINE))
    assert set(COMMANDS.commands) <= listed


def test_links_lead_somewhere():
    for path, text in PAGES.items():
        for link in LINK.findall(BLOCK.sub("", text)):
            if link.startswith("https://"):
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.exists(), f"{path.name}: {link}"
            assert target.is_relative_to(ROOT), f"{path.name}: {link}"
            if anchor:
                assert anchor in anchors(target.read_text(encoding="utf-8")), f"{path.name}: {link}"


def test_every_page_is_linked():
    linked = {
        (path.parent / link.partition("#")[0]).resolve()
        for path, text in PAGES.items()
        for link in LINK.findall(text)
    }
    assert {path for path in PATHS if path != README and path.parent != README.parent} - linked <= {
        ROOT / "saved_models" / "README.md"
    }


def bound_names(module):
    """Names that a module, or a class of it, defines."""
    found = set()
    for node in module.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for name in bound_names(node)}
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def is_defined(name):
    """Whether a dotted name below ``imdb_lstm`` is a module, or something that one defines."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = MODULE.joinpath(*parts[:length])
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if file.exists():
            rest = ".".join(parts[length:])
            return not rest or rest in bound_names(ast.parse(file.read_text(encoding="utf-8")))
    return False


def without_moves(path, text):
    """A page without the table that lists the modules of version 0.1."""
    return text.partition("## Moved modules")[0] if path.name == "architecture.md" else text


def test_named_modules_functions_and_files_exist():
    for path, text in PAGES.items():
        columns = [line.split("|")[2] for line in text.splitlines() if line.startswith("| `")]
        moved = columns if path.name == "architecture.md" else []
        for code in INLINE.findall("\n".join([BLOCK.sub("", without_moves(path, text)), *moved])):
            name = code.split("(")[0].removeprefix("imdb_lstm.")
            if NAME.fullmatch(name) and not name.endswith((".md", ".py", ".toml", ".json")):
                assert is_defined(name), f"{path.name}: {code}"
            if code.startswith(("imdb_lstm/", "docs/", "notebooks/", "tests/")):
                assert (ROOT / code).exists(), f"{path.name}: {code}"
            if script := re.match(r"python -m (\S+)", code):
                assert (ROOT / f"{script[1].replace('.', '/')}.py").exists(), f"{path.name}: {code}"


def test_the_architecture_says_rightly_where_to_change_what():
    text = PAGES[ROOT / "docs" / "architecture.md"]
    rows = [line for line in text.splitlines() if line.startswith(("| a new", "| another"))]
    assert len(rows) == 12
    for row in rows:
        codes = INLINE.findall(row)
        files = [ROOT / code for code in codes if (ROOT / code).is_file()]
        sources = "".join(file.read_text(encoding="utf-8") for file in files)
        for name in [code for code in codes if code.isidentifier()]:
            assert re.search(rf"\b{name}\b", sources), f"{name}: {row}"


def test_the_readme_is_short():
    assert len(PAGES[README].splitlines()) <= 220


def test_the_options_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python docs/generate_options.py"


def prose():
    """(file, text) of all that a reader of the project reads, except the glossary."""
    for path, text in PAGES.items():
        if path != GLOSSARY:
            yield path, without_moves(path, text)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield path, "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    for path in sorted(MODULE.rglob("*")):
        is_text = path.suffix in {".py", ".j2", ".html", ".toml", ".md"}
        if is_text and path != MODULE / "config" / "values.py":  # names the former options
            yield path, path.read_text(encoding="utf-8")


def test_no_former_word_is_left():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in prose()
        for match in FORMER.finditer(text.lower())
    ]
    assert not found, "\n".join(found)


def test_the_project_names_no_path_of_a_machine():
    for path, text in PAGES.items():
        assert not re.search(r"(?<![\w~.)/])/(?:work|home|tmp|root)/", text), path.name
