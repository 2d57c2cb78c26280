"""The house rules on size and state hold, and their checker sees what breaks them."""

import ast
from pathlib import Path

import pytest
import size_budget as budget

MAY_IMPORT_BY_NAME = ("src/tissueclock/core/registry.py", "src/tissueclock/cli/command.py")


@pytest.fixture(scope="module")
def sources(checkout: Path) -> dict[str, ast.Module]:
    """Every module of the package by its path in the checkout, parsed."""
    return {
        path.relative_to(checkout).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((checkout / "src").rglob("*.py"))
    }


def shown(broken: list[str]) -> str:
    return "\n" + "\n".join(broken)


def over_all(check, sources: dict[str, ast.Module]) -> list[str]:
    return [found for file, tree in sources.items() for found in check(tree, file)]


def test_bodies_are_short(sources):
    broken = budget.long_functions(over_all(budget.functions, sources))
    assert not broken, shown(broken)


def test_files_are_short(checkout):
    files = [path for folder in ("src", "tests") for path in (checkout / folder).rglob("*.py")]
    broken = [str(path) for path in files if budget.line_count(path) > budget.LONGEST_FILE]
    assert not broken, shown(broken)


def test_classes_are_short(sources):
    broken = over_all(budget.long_classes, sources)
    assert not broken, shown(broken)


def test_no_import_hides_in_a_function(sources):
    hidden = over_all(budget.hidden_imports, sources)
    broken = [place for place in hidden if not place.startswith(MAY_IMPORT_BY_NAME)]
    assert not broken, shown(broken)


def test_no_module_holds_mutable_state(sources):
    broken = over_all(budget.mutable_state, sources)
    assert not broken, shown(broken)


def test_there_are_about_as_many_test_lines_as_source_lines(checkout):
    source, tests = (
        sum(budget.line_count(path) for path in (checkout / folder).rglob("*.py"))
        for folder in ("src", "tests")
    )
    assert tests >= budget.TEST_LINES_PER_SOURCE_LINE * source, (
        f"{tests} test lines for {source} source lines"
    )


# --- the checker itself ------------------------------------------------------------------------------------


def function_of(lines: int, name: str = "f", docstring_lines: int = 0) -> str:
    docstring = (
        '    """A docstring.' + "\n    more" * (docstring_lines - 1) + '"""\n' if docstring_lines else ""
    )
    return f"def {name}():\n{docstring}" + "    x = 1\n" * lines


def bodies(source: str) -> list[int]:
    return [found.lines for found in budget.functions(ast.parse(source), "m.py")]


def test_a_body_is_counted_without_its_docstring():
    assert bodies(function_of(7, docstring_lines=30)) == [7]


def test_a_function_that_is_only_a_docstring_has_no_body():
    assert bodies('def f():\n    """Only words."""\n') == [0]


def test_methods_and_nested_functions_count():
    assert bodies(
        "class C:\n    def m(self):\n        def inner():\n            pass\n        return inner\n"
    ) == [3, 1]


def test_a_body_over_the_limit_is_named():
    source = function_of(budget.LONGEST_BODY + 1, "endless") + function_of(1, "short") * 99
    found = budget.long_functions(budget.functions(ast.parse(source), "m.py"))
    assert found == [f"m.py:1 endless: {budget.LONGEST_BODY + 1} lines of body"]


@pytest.mark.parametrize(("short_ones", "named"), [(98, 0), (97, 2)])
def test_only_two_percent_may_be_long(short_ones, named):
    found = [budget.Function("long", budget.LONG_BODY + 1)] * 2 + [budget.Function("short", 1)] * short_ones
    assert len(budget.long_functions(found)) == named


def test_a_high_median_is_refused():
    found = budget.long_functions([budget.Function("m.py:1 f", budget.MEDIAN_BODY + 1)])
    assert found == [f"the median body has {budget.MEDIAN_BODY + 1} lines"]


def test_a_long_class_is_named():
    tree = ast.parse("class Everything:\n" + "    x = 1\n" * budget.LONGEST_CLASS)
    assert budget.long_classes(tree, "m.py") == [f"m.py:1 Everything: {budget.LONGEST_CLASS + 1} lines"]


@pytest.mark.parametrize(
    "statement",
    ["import numpy", "from numpy import array", "importlib.import_module('numpy')", "__import__('numpy')"],
)
def test_an_import_in_a_function_is_seen(statement):
    assert budget.hidden_imports(ast.parse(f"def f():\n    {statement}\n"), "m.py") == ["m.py:2 f"]


def test_a_module_level_import_is_not_hidden():
    assert budget.hidden_imports(ast.parse("import numpy\nif 1:\n    import scipy\n"), "m.py") == []


@pytest.mark.parametrize(
    "statement",
    [
        "CACHE = {}",
        "CACHE: dict[str, int] = {'a': 1}",
        "SEEN = set()",
        "A = B = [1]",
        "C = [x for x in 'ab']",
        "D = collections.defaultdict(list)",
        "if True:\n    E = []",
        "try:\n    pass\nexcept KeyError:\n    F = {}",
        "def f():\n    global G\n    G = 1",
    ],
)
def test_mutable_module_state_is_seen(statement):
    assert budget.mutable_state(ast.parse(statement), "m.py")


@pytest.mark.parametrize(
    "statement",
    [
        "A = (1, 2)",
        "B = MappingProxyType({'a': 1})",
        "C = frozenset({1})",
        "__all__ = ['a']",
        "D = tuple([1])",
        "def f():\n    return []",
        "class K:\n    names: list[str]",
    ],
)
def test_what_cannot_change_is_allowed(statement):
    assert budget.mutable_state(ast.parse(statement), "m.py") == []
