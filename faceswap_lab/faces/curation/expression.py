"""Conditions over columns, such as ``sharpness > 20 and abs(yaw) < 30``: Python's grammar, a dozen of its words.

The text is parsed, checked word by word and walked; nothing of it is ever executed. A column without a value (None)
fails every comparison but ``==`` and ``!=``, and arithmetic with it has no value either.
"""

import ast
import operator
from collections.abc import Callable, Iterable
from typing import Any

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.preflight import nearest
from faceswap_lab.faces.curation.columns import Value

MOST_LETTERS = 1000

_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_ORDER: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_EQUALITY: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max}


class Condition:
    """A condition that a face fulfils or not.

    Args:
        text: What the user wrote.
        names: Columns that it may speak of.

    Raises:
        ConfigError: It cannot be read, speaks of an unknown column, or holds more than comparisons and arithmetic.
    """

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        if len(text) > MOST_LETTERS:
            raise ConfigError(f"where: the condition has {len(text)} letters; {MOST_LETTERS} are the most")
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self._error("cannot be read; write such as sharpness > 20 and abs(yaw) < 30") from error
        self._check(self._tree, list(names))

    def holds(self, value_of: Callable[[str], Value]) -> bool:
        """Whether a face fulfils it.

        Args:
            value_of: Gives the value of a column; asked only for columns that matter.

        Raises:
            ConfigError: Text is ordered against a number, or something is divided by zero.
        """
        try:
            return bool(self._value(self._tree, value_of))
        except TypeError as error:
            raise self._error("compares text with a number") from error
        except ArithmeticError as error:
            raise self._error(f"cannot be computed ({error})") from error

    def _error(self, what: str) -> ConfigError:
        return ConfigError(f"where={self.text!r}: {what}")

    def _check(self, node: ast.expr, names: list[str]) -> None:
        if isinstance(node, ast.Name):
            if node.id not in names:
                raise self._error(f"{node.id} is not a column of a face{nearest(node.id, names)}")
            return
        if isinstance(node, ast.Constant):
            if node.value is not None and not isinstance(node.value, int | float | str):
                raise self._error(f"{node.value!r} is neither a number nor text")
            return
        for child in self._children(node):
            self._check(child, names)

    def _children(self, node: ast.expr) -> list[ast.expr]:
        """What a node of the allowed kinds is made of."""
        if isinstance(node, ast.BoolOp):
            return node.values
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.UAdd):
            return [node.operand]
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            return [node.left, node.right]
        if isinstance(node, ast.Compare) and all(type(op) in _ORDER or type(op) in _EQUALITY for op in node.ops):
            return [node.left, *node.comparators]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
            fits = len(node.args) == 1 if node.func.id == "abs" else len(node.args) >= 2
            if node.keywords or not fits:
                raise self._error(f"{node.func.id} takes {'one value' if node.func.id == 'abs' else 'two or more'}")
            return node.args
        shown = ast.unparse(node)
        raise self._error(
            f"{shown} is not allowed; use columns, numbers, 'text', < <= > >= == !=, + - * / %, and or not, "
            f"{', '.join(_FUNCTIONS)}"
        )

    def _value(self, node: ast.expr, value_of: Callable[[str], Value]) -> Any:
        if isinstance(node, ast.Name):
            return value_of(node.id)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.BoolOp):
            found = (bool(self._value(part, value_of)) for part in node.values)
            return all(found) if isinstance(node.op, ast.And) else any(found)
        if isinstance(node, ast.Compare):
            return self._compare(node, value_of)
        parts = [self._value(part, value_of) for part in self._children(node)]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return not parts[0]
        if any(part is None for part in parts):
            return None
        if isinstance(node, ast.UnaryOp):
            return -parts[0] if isinstance(node.op, ast.USub) else +parts[0]
        if isinstance(node, ast.BinOp):
            if any(isinstance(part, str) for part in parts):  # "a" * 10**9 would fill the memory, "%d" % x is no figure
                raise TypeError
            return _ARITHMETIC[type(node.op)](*parts)
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return _FUNCTIONS[node.func.id](*parts)

    def _compare(self, node: ast.Compare, value_of: Callable[[str], Value]) -> bool:
        left = self._value(node.left, value_of)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self._value(comparator, value_of)
            if type(op) in _EQUALITY:
                if not _EQUALITY[type(op)](left, right):
                    return False
            elif left is None or right is None or not _ORDER[type(op)](left, right):
                return False
            left = right
        return True
