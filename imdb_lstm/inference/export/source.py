"""The source of functions of this package, gathered into one file that needs nothing else of it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).parents[2]


@dataclass
class Module:
    """The statements of a module by the names that they define, and where others come from."""

    name: str
    text: str
    defined: dict[str, ast.stmt] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)  # of this package
    others: dict[str, str] = field(default_factory=dict)  # import lines of other packages

    @classmethod
    def read(cls, name: str) -> Module:
        """Read a module of this package by its dotted name, such as ``text.tokenizer``."""
        path = PACKAGE.joinpath(*name.split(".")).with_suffix(".py")
        module = cls(name, path.read_text(encoding="utf-8"))
        for statement in ast.parse(module.text).body:
            module._add(statement)
        return module

    def _add(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.ImportFrom):
            origin = statement.module or ""
            for alias in statement.names:
                if origin.startswith("imdb_lstm."):
                    self.imported[alias.name] = origin.removeprefix("imdb_lstm."), alias.name
                elif origin != "__future__":
                    self.others[alias.name] = f"from {origin} import {alias.name}"
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                bound = alias.asname or alias.name
                line = f"import {alias.name}" + (f" as {bound}" if alias.asname else "")
                self.others[bound] = line
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            self.defined[statement.name] = statement
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            self.defined |= dict.fromkeys(_targets(statement), statement)


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    """The names that an assignment defines, those of a tuple included."""
    return [
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def gather(modules: Sequence[str], starts: Sequence[tuple[str, str]], own: str) -> str:
    """Return the source of classes and functions and of all that they use, in one piece.

    ``modules``: dotted names, those that others import first. ``starts``: modules and a name in
    each. ``own``: source that comes first; what it defines replaces what has the same name. A name
    that two modules define begins with the name of its module in the second. Raises ``ValueError``
    for a name of this package that neither ``modules`` nor ``own`` defines.
    """
    read = {name: Module.read(name) for name in modules}
    replaced = set(_names_defined(own))
    kept: set[tuple[str, str]] = set()
    used_by_own = _names_used(ast.parse(own)) - replaced
    lines = {
        module.others[name]
        for module in read.values()
        for name in used_by_own & module.others.keys()
    }
    waiting = list(starts)
    while waiting:
        place = waiting.pop()
        if place in kept:
            continue
        kept.add(place)
        module = read[place[0]]
        for used in _names_used(module.defined[place[1]]) - replaced:
            if used in module.defined:
                waiting.append((module.name, used))
            elif used in module.imported:
                if module.imported[used][0] not in read:
                    raise ValueError(f"{module.name} uses {'.'.join(module.imported[used])}")
                waiting.append(module.imported[used])
            elif used in module.others:
                lines.add(module.others[used])
    names = _final_names(modules, kept)
    parts = [_source(read[name], names) for name in modules]
    given, rest = _imports(own)
    return "\n".join([*_sorted_imports(lines | given), "", rest, "", "", *parts]).rstrip() + "\n"


def _imports(text: str) -> tuple[set[str], str]:
    """The import lines at the top of a source, and the rest of it."""
    lines = text.strip().split("\n")
    given = {line for line in lines if line.startswith(("import ", "from "))}
    return given, "\n".join(line for line in lines if line not in given).strip()


def _sorted_imports(lines: set[str]) -> list[str]:
    """One line for each module: what is imported whole first."""
    names: dict[str, set[str]] = {}
    for line in lines:
        if line.startswith("from "):
            module, _, found = line.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).update(found.split(", "))
    whole = sorted(line for line in lines if line.startswith("import "))
    return [*whole, *(f"from {name} import {', '.join(sorted(names[name]))}"
                      for name in sorted(names))]  # fmt: skip


def _names_defined(text: str) -> list[str]:
    found = []
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.append(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.Assign):
            found += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return found


def _names_used(statement: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _final_names(modules: Sequence[str], kept: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The name in the file of each definition: its own, or one with its module in front."""
    found: dict[tuple[str, str], str] = {}
    for module, name in sorted(kept, key=lambda place: modules.index(place[0])):
        taken = name in found.values()
        found[module, name] = f"{module.rpartition('.')[2]}_{name}" if taken else name
    return found


def _source(module: Module, names: dict[tuple[str, str], str]) -> str:
    """The kept statements of a module, in their order, with their final names."""
    statements = {
        id(statement): statement
        for name, statement in module.defined.items()
        if (module.name, name) in names
    }
    return "".join(f"{_renamed(module, each, names)}\n\n\n" for each in statements.values())


def _renamed(module: Module, statement: ast.stmt, names: dict[tuple[str, str], str]) -> str:
    lines = module.text.encode().split(b"\n")
    changes = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            place = module.imported.get(node.id, (module.name, node.id))
            if names.get(place, node.id) != node.id:
                changes.append((node.lineno - 1, node.col_offset, node.id, names[place]))
    own = getattr(statement, "name", "")
    if names.get((module.name, own), own) != own:
        changes.append((statement.lineno - 1, len("def "), own, names[module.name, own]))
    for row, column, old, new in sorted(changes, reverse=True):
        line = lines[row]
        lines[row] = line[:column] + new.encode() + line[column + len(old.encode()) :]
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)]) - 1
    while first and lines[first - 1].startswith(b"#"):
        first -= 1
    return b"\n".join(lines[first : statement.end_lineno]).decode()
