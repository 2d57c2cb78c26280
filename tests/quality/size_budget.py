"""The size budget: what the house rules allow, and a checker that lists what breaks them.

One `Function` is a function or method at any depth; its body is counted in lines, without the docstring.
"""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LONGEST_BODY = 100
LONG_BODY = 60
SHARE_OF_LONG_BODIES = 0.02
MEDIAN_BODY = 10
LONGEST_FILE = 500
LONGEST_CLASS = 300
TEST_LINES_PER_SOURCE_LINE = 0.6
MUTABLE_LITERALS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_TYPES = ("list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict")


@dataclass(frozen=True)
class Function:
    """A function, and how many lines its body has."""

    place: str
    lines: int


def line_count(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(tree: ast.AST, file: str) -> list[Function]:
    """Return every function of a module, methods and nested ones too."""
    return [
        Function(f"{file}:{node.lineno} {node.name}", _body_lines(node))
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def long_functions(found: list[Function]) -> list[str]:
    """Return what breaks the budget of body lengths, over all functions together."""
    broken = [f"{f.place}: {f.lines} lines of body" for f in found if f.lines > LONGEST_BODY]
    long = [f for f in found if f.lines > LONG_BODY]
    if len(long) > SHARE_OF_LONG_BODIES * len(found):
        broken += [f"{f.place}: {f.lines} lines, one of too many over {LONG_BODY}" for f in long]
    median = statistics.median(f.lines for f in found) if found else 0
    if median > MEDIAN_BODY:
        broken.append(f"the median body has {median} lines")
    return broken


def long_classes(tree: ast.AST, file: str) -> list[str]:
    """Return the classes of a module that are too long."""
    sizes = {node: _lines(node, node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    return [
        f"{file}:{node.lineno} {node.name}: {lines} lines"
        for node, lines in sizes.items()
        if lines > LONGEST_CLASS
    ]


def hidden_imports(tree: ast.AST, file: str) -> list[str]:
    """Return the imports inside functions; calls of import_module count, since they hide one as well."""
    places = {
        f"{file}:{inner.lineno} {function.name}"
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(function)
        if isinstance(inner, (ast.Import, ast.ImportFrom))
        or _is_call_of(inner, ("import_module", "__import__"))
    }
    return sorted(places)


def mutable_state(tree: ast.Module, file: str) -> list[str]:
    """Return the module-level names bound to mutable containers, and every `global` statement."""
    bound = [
        f"{file}:{statement.lineno} {name}"
        for statement in _module_statements(tree.body)
        for name in _names_bound_to_mutables(statement)
        if name != "__all__"
    ]
    rebound = [f"{file}:{node.lineno} global" for node in ast.walk(tree) if isinstance(node, ast.Global)]
    return bound + rebound


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    return _lines(body[0], body[-1]) if body else 0


def _lines(first: ast.stmt, last: ast.stmt) -> int:
    return (last.end_lineno or last.lineno) - first.lineno + 1


def _module_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, those inside `if`, `try` and `with` included."""
    for statement in body:
        yield statement
        for block in ("body", "orelse", "handlers", "finalbody"):
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from _module_statements(getattr(statement, block, []))


def _names_bound_to_mutables(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign):
        targets, value = [statement.target], statement.value
    else:
        return []
    is_mutable = isinstance(value, MUTABLE_LITERALS) or _is_call_of(value, MUTABLE_TYPES)
    return [ast.unparse(target) for target in targets] if is_mutable else []


def _is_call_of(node: ast.AST | None, names: tuple[str, ...]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    return getattr(called, "attr", getattr(called, "id", "")) in names
