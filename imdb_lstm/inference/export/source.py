"""Source code of this package as one file that needs nothing else of it.

The definitions that a program needs are found by their names in its syntax tree, and copied as they
stand, so an exported program cannot differ from the code that is tested here.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = "imdb_lstm."
ROOT = Path(__file__).parents[3]  # of the package
COMMENTS = re.compile(r"  # (?:fmt: skip|noqa|type: ignore).*$", re.MULTILINE)
EXAMPLE = re.compile(r'\n\n +>>> (?:.|\n)*?(?=\n? *""")')  # at the end of a docstring
SINGLE = re.compile(r'("""[^"\n]+)\n +"""')  # a docstring of one line, after that
Key = tuple[str, str]  # a module and a name that it defines


class Module(NamedTuple):
    """A module: its lines, its top-level definitions by name, and where other names come from.

    ``imported``: for each other name the module and the name in it, which is empty for a module.
    """

    lines: list[str]
    defined: dict[str, ast.stmt]
    imported: dict[str, Key]


@cache
def read_module(name: str) -> Module:
    """Read a module of this package without importing it."""
    text = _path(name).read_text(encoding="utf-8")
    defined: dict[str, ast.stmt] = {}
    imported: dict[str, Key] = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Import):
            imported |= {a.asname or a.name: (a.name, "") for a in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            imported |= {a.name: _origin(statement.module or "", a.name) for a in statement.names}
        else:
            defined |= dict.fromkeys(_names(statement), statement)
    return Module(text.splitlines(), defined, imported)


def _origin(module: str, name: str) -> Key:
    """Where an imported name is defined: a module itself, or a name in one."""
    inner = f"{module}.{name}"
    return (inner, "") if module.startswith(PACKAGE) and _path(inner).exists() else (module, name)


def _path(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def _names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
    return [node.id for each in targets for node in ast.walk(each) if isinstance(node, ast.Name)]


class Bundle:
    """What some definitions need: other definitions, methods of classes, and imports.

    ``roots``: the definitions. ``keys``: of a table of functions, such as the one of poolings,
    entries with other keys are left out. ``methods``: names of methods that are needed in any case.
    ``beside``: for a package, such as ``imdb_lstm.text``, the name of a file that holds what is
    needed of it.

    A method is needed if its name is an attribute anywhere; ``__call__`` never is, so what is
    copied must not call its objects. Of a name that two modules define, one gets its module's name
    in front.

    >>> print(Bundle([("imdb_lstm.text.vocabulary", "shorten")]).text().splitlines()[-1])
        return np.concatenate([ids[: maximum_length - tail], ids[len(ids) - tail :]])
    """

    def __init__(
        self,
        roots: Sequence[Key],
        keys: Collection[str] = (),
        methods: Collection[str] = (),
        beside: dict[str, str] | None = None,
    ) -> None:
        self.keys, self.beside = keys, beside or {}
        self.kept: dict[Key, ast.stmt] = {}
        self.attributes = set(methods)
        self.imports: set[str] = set()
        self.elsewhere: dict[str, set[Key]] = {}  # a file beside → what is needed of it
        for root in roots:
            self._keep(root)
        size = -1
        while size != len(self.attributes) + len(self.kept):  # until a round finds nothing new
            size = len(self.attributes) + len(self.kept)
            for (module, _), statement in list(self.kept.items()):
                self._visit(module, statement)

    def _keep(self, key: Key) -> None:
        module, name = key
        outside = next(
            (file for start, file in self.beside.items() if module.startswith(start)), ""
        )
        if outside:
            self.elsewhere.setdefault(outside, set()).add(key)
        elif name in (own := read_module(module)).defined:
            self.kept.setdefault(key, own.defined[name])
        else:
            self._keep(own.imported[name])

    def _visit(self, module: str, statement: ast.AST) -> None:
        """Keep what the parts of a definition refer to."""
        own = read_module(module)
        for node in self._parts(statement):
            if isinstance(node, ast.Attribute):
                self.attributes.add(node.attr)
                name = node.value.id if isinstance(node.value, ast.Name) else ""
                origin, inner = own.imported.get(name, ("", name))
                if origin.startswith(PACKAGE) and not inner:
                    self._keep((origin, node.attr))
            elif isinstance(node, ast.Name) and node.id in own.defined:
                self._keep((module, node.id))
            elif isinstance(node, ast.Name) and node.id in own.imported:
                self._import(node.id, own.imported[node.id])

    def _import(self, name: str, origin: Key) -> None:
        source, original = origin
        if source.startswith(PACKAGE):
            if original:
                self._keep(origin)
        elif original:
            self.imports.add(f"from {source} import {original}")
        else:
            self.imports.add(f"import {source}" + (f" as {name}" if name != source else ""))

    def _parts(self, node: ast.AST) -> Iterator[ast.AST]:
        """Walk through a definition, except for what is left out of it."""
        left_out = set(map(id, self._left_out(node)))
        for child in ast.iter_child_nodes(node):
            if id(child) not in left_out:
                yield child
                yield from self._parts(child)

    def _left_out(self, node: ast.AST) -> list[ast.AST]:
        """The methods of a class, or the keys and values of a table, that are not needed."""
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            return [each for each in methods if not self._needs(each.name)]
        if isinstance(node, ast.Dict) and self.keys:
            pairs = zip(node.keys, node.values, strict=True)
            return [part for pair in pairs if self._is_other(*pair) for part in pair if part]
        return []

    def _needs(self, method: str) -> bool:
        special = method.startswith("__") and method != "__call__"
        return special or method in self.attributes

    def _is_other(self, key: ast.expr | None, value: ast.expr) -> bool:
        """Whether an entry of a table of functions has a key that is not needed."""
        named = isinstance(key, ast.Constant) and isinstance(value, ast.Name)
        return named and isinstance(key, ast.Constant) and key.value not in self.keys

    def text(self) -> str:
        """The source: imports, and definitions in the order of their modules."""
        modules = list(dict.fromkeys(module for module, _ in self.kept))
        ordered = sorted(modules, key=lambda module: len(_needed_by(module) & set(modules)))
        parts: list[str] = []
        for module in ordered:
            own = {id(part): part for (where, _), part in self.kept.items() if where == module}
            statements = sorted(own.values(), key=lambda part: part.lineno)
            parts += [self._segment(module, part) for part in statements]
        text = re.sub(r"\n{4,}", "\n\n\n", "\n".join(parts))
        for module in modules:
            for name, (origin, inner) in read_module(module).imported.items():
                if origin.startswith(PACKAGE) and not inner:
                    text = re.sub(rf"\b{name}\.(?=\w)", "", text)
        body = text.strip()
        gap = "\n\n\n" if body.startswith(("def ", "class ", "@")) else "\n\n"
        return f"{self._import_lines()}{gap}{body}\n"

    def _import_lines(self) -> str:
        """The imports: of the standard library, of other packages, of files beside."""
        groups: list[list[str]] = [[], []]
        for line in sorted(self.imports, key=lambda line: (line.startswith("from"), line)):
            package = line.split()[1].partition(".")[0]
            groups[package not in sys.stdlib_module_names].append(line)
        beside = [
            f"from {file} import {', '.join(sorted(name for _, name in keys))}"
            for file, keys in sorted(self.elsewhere.items())
        ]
        lines = ["from __future__ import annotations\n"]
        return "\n".join([*lines, *_merged(groups[0]), "", *_merged(groups[1]), *beside])

    def _renamed(self, module: str, statement: ast.stmt) -> list[str]:
        """The lines of a module, with names changed in a definition that another one has, too."""
        lines = [line.encode() for line in read_module(module).lines]
        first = {name: where for where, name in reversed(self.kept)}
        own = {name for where, name in self.kept if where == module} - {
            name for name, where in first.items() if where == module
        }
        places = [
            (node.lineno, node.col_offset, node.id)
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and node.id in own
        ]
        if isinstance(statement, ast.FunctionDef) and statement.name in own:
            places.append((statement.lineno, len("def "), statement.name))
        for line, column, name in sorted(places, reverse=True):
            text = lines[line - 1]
            start = f"{module.rpartition('.')[2]}_".encode()
            assert text[column:].startswith(name.encode())
            lines[line - 1] = text[:column] + start + text[column:]
        return [line.decode() for line in lines]

    def _segment(self, module: str, statement: ast.stmt) -> str:
        """The lines of a definition and of the comments above it, without what is left out."""
        lines = self._renamed(module, statement)
        dropped = {
            number
            for node in ast.walk(statement)
            for part in self._left_out(node)
            for number in range(_first_line(part), (getattr(part, "end_lineno", 0)) + 1)
        }
        first = _first_line(statement)
        while lines[first - 2].startswith("#"):
            first -= 1
        last = statement.end_lineno or first
        text = "\n".join(lines[n - 1] for n in range(first, last + 1) if n not in dropped)
        text = SINGLE.sub(r'\1"""', EXAMPLE.sub("", COMMENTS.sub("", text)))
        text = re.sub(r"\n{3,}", "\n\n", text).rstrip()
        compound = isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        return f"\n\n{text}\n\n" if compound else text


def _first_line(node: ast.AST) -> int:
    """The first line of a definition, its decorators included."""
    lines = [each.lineno for each in getattr(node, "decorator_list", [])]
    return min([getattr(node, "lineno", 1), *lines])


def _needed_by(module: str) -> set[str]:
    """The modules of this package that a module imports, and those that they import."""
    own = {origin for origin, _ in read_module(module).imported.values()}
    inner = {origin for origin in own if origin.startswith(PACKAGE)}
    return inner.union(*map(_needed_by, inner))


def _merged(lines: Sequence[str]) -> list[str]:
    """Imports of several names from one module as one line.

    >>> _merged(["import re", "from typing import Any", "from typing import NamedTuple"])
    ['import re', 'from typing import Any, NamedTuple']
    """
    found: dict[str, list[str]] = {}
    for line in lines:
        start, _, name = line.partition(" import ")
        found.setdefault(start, []).extend([name] if name else [])
    return [
        f"{start} import {', '.join(names)}" if names else start for start, names in found.items()
    ]
