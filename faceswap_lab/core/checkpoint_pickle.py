"""Looking through a checkpoint's list of contents before torch reads it: what it would make, and of how many bytes.

``weights_only`` keeps a file from running code, but not from asking for memory: a list of a hundred bytes may call for
a tensor or a text of a terabyte, or for a tensor that reaches beyond its numbers. Here the list, a pickle, is followed
with stand-ins in place of tensors, and whatever is neither a tensor within its numbers nor a plain value is refused.
"""

import math
import pickletools
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

ITEM_BYTES = {
    **{"FloatStorage": 4, "DoubleStorage": 8, "HalfStorage": 2, "BFloat16Storage": 2, "LongStorage": 8},
    **{"IntStorage": 4, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1},
}
"""Kinds of storage by name, and the bytes of one number in each."""

MAX_OPCODES = 20_000_000


@dataclass(frozen=True, slots=True)
class StoredNumbers:
    """Stands for the numbers of a record in the archive."""

    kind: str
    record: str
    num_numbers: int


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Stands for a tensor; ``shape`` is its own, ``numbers`` where it lies."""

    shape: tuple[int, ...]
    numbers: StoredNumbers


class _Name(NamedTuple):
    """What a pickle names to be called."""

    module: str
    name: str


_MARK = object()


class ForeignContentError(ValueError):
    """The list asks for what no checkpoint of ours holds; the text says what."""


def list_contents(pickled: bytes, record_bytes: Mapping[str, int]) -> Any:
    """Returns what a checkpoint holds: plain values, with a ``StoredTensor`` for each tensor.

    Args:
        pickled: The archive's ``data.pkl``.
        record_bytes: Size of each record of numbers by name.

    Raises:
        ForeignContentError: It asks for anything but tensors within the records and plain values.
        ValueError: It is damaged.
    """
    reader = _Reader(record_bytes)
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(pickled)):
            if number > MAX_OPCODES:
                raise ForeignContentError("a list of contents longer than any of ours")
            if opcode.name == "STOP":
                return reader.pop()
            reader.take(opcode.name, argument)
    except ForeignContentError:
        raise
    except Exception as error:  # whatever a damaged pickle makes of a stack
        raise ValueError(f"its list of contents is damaged ({type(error).__name__})") from error
    raise ValueError("its list of contents is cut short")


class _Reader:
    """The stack and the memory of a pickle."""

    def __init__(self, record_bytes: Mapping[str, int]) -> None:
        self._record_bytes = record_bytes
        self._stack: list[Any] = []
        self._memory: dict[int, Any] = {}

    def pop(self) -> Any:
        return self._stack.pop()

    def take(self, opcode: str, argument: Any) -> None:
        """Does what an opcode says."""
        stack = self._stack
        if opcode in _CONSTANTS:
            stack.append(_CONSTANTS[opcode]())
        elif opcode in _ARGUMENTS:
            stack.append(argument)
        elif opcode in ("BINPUT", "LONG_BINPUT"):
            self._memory[argument] = stack[-1]
        elif opcode in ("BINGET", "LONG_BINGET"):
            stack.append(self._memory[argument])
        elif opcode == "MEMOIZE":
            self._memory[len(self._memory)] = stack[-1]
        elif opcode in ("TUPLE1", "TUPLE2", "TUPLE3"):
            size = int(opcode[-1])
            stack[-size:] = [tuple(stack[-size:])]
        elif opcode == "TUPLE":
            stack.append(tuple(self._pop_to_mark()))
        elif opcode == "APPEND":
            self._container(stack[-2], list).append(stack.pop())
        elif opcode == "APPENDS":
            items = self._pop_to_mark()
            self._container(stack[-1], list).extend(items)
        elif opcode == "SETITEM":
            value, key = stack.pop(), stack.pop()
            self._container(stack[-1], dict)[key] = value
        elif opcode == "SETITEMS":
            items = self._pop_to_mark()
            self._container(stack[-1], dict).update(zip(items[::2], items[1::2], strict=True))
        elif opcode == "GLOBAL":
            stack.append(_named(*argument.split(" ", 1)))
        elif opcode == "BINPERSID":
            stack.append(self._numbers(stack.pop()))
        elif opcode in ("REDUCE", "NEWOBJ"):
            arguments, called = stack.pop(), stack.pop()
            stack.append(_made(called, arguments))
        elif opcode == "BUILD":  # attributes of an ordered dictionary, such as the versions of a network's parts
            stack.pop()
            self._container(stack[-1], dict)
        elif opcode not in ("PROTO", "FRAME"):
            raise ForeignContentError(f"an opcode that no checkpoint of ours has, {opcode}")

    def _pop_to_mark(self) -> list[Any]:
        items: list[Any] = []
        while (item := self._stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]

    def _container(self, value: Any, kind: type) -> Any:
        if not isinstance(value, kind):
            raise ForeignContentError(f"something is added to a {type(value).__name__}")
        return value

    def _numbers(self, wanted: Any) -> StoredNumbers:
        storage, kind, record, _, num_numbers = wanted
        if storage != "storage" or not isinstance(kind, _Name) or kind.name not in ITEM_BYTES:
            raise ForeignContentError("numbers of an unknown kind")
        if not isinstance(num_numbers, int) or num_numbers < 0:
            raise ForeignContentError("a record of no number of numbers")
        if num_numbers * ITEM_BYTES[kind.name] > self._record_bytes.get(record, -1):
            raise ForeignContentError(f"{num_numbers} numbers of a record, {record!r:.40}, that does not hold them")
        return StoredNumbers(kind.name, record, num_numbers)


_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "MARK": lambda: _MARK,
}
_ARGUMENTS = frozenset(
    ("BINUNICODE", "SHORT_BINUNICODE", "BINFLOAT", "BININT", "BININT1", "BININT2", "LONG1")
)  # LONG4 and byte strings are none of ours


def _named(module: str, name: str) -> _Name:
    is_known = (
        (module == "torch" and (name in ITEM_BYTES or name in ("Size", "device")))
        or (module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_parameter"))
        or (module == "collections" and name == "OrderedDict")
    )
    if not is_known:
        raise ForeignContentError(f"an object of {module}.{name}"[:120])
    return _Name(module, name)


def _made(called: Any, arguments: Any) -> Any:
    """What a call would give; only few things may be called, and tensors only within their numbers."""
    if not isinstance(called, _Name) or not isinstance(arguments, tuple):
        raise ForeignContentError("a call of what cannot be called")
    if called.name == "OrderedDict":
        return OrderedDict(*arguments)
    if called.name == "_rebuild_tensor_v2":
        return _tensor(*arguments[:4])
    if called.name == "_rebuild_parameter" and isinstance(arguments[0], StoredTensor):
        return arguments[0]
    if called.name == "Size":
        (sides,) = arguments
        return tuple(sides)
    if called.name == "device":
        return ":".join(map(str, arguments))
    raise ForeignContentError(f"a call of {called.module}.{called.name}")


def _tensor(numbers: Any, offset: Any, shape: Any, strides: Any) -> StoredTensor:
    whole = [offset, *shape, *strides]
    if not isinstance(numbers, StoredNumbers) or not all(isinstance(one, int) and one >= 0 for one in whole):
        raise ForeignContentError("a tensor without numbers")
    if len(shape) != len(strides) or len(shape) > 64:
        raise ForeignContentError("a tensor with a stride too many or too few")
    end = offset + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True)) + 1
    num_numbers = math.prod(shape)
    if num_numbers and (end > numbers.num_numbers or num_numbers > numbers.num_numbers):
        raise ForeignContentError(f"a tensor of {num_numbers} numbers where there are {numbers.num_numbers}")
    return StoredTensor(tuple(shape), numbers)
