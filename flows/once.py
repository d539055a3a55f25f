"""What a value computes when somebody asks first, and then keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):
    """What `functools.cached_property` does, without its lock (Python 3.11), which costs more than most of what is computed here.

    Two threads at once would compute the same twice. For values with a `__dict__` whose fields never change.
    """

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, value: None, kind: type) -> once[T]: ...

    @overload
    def __get__(self, value: object, kind: type) -> T: ...

    def __get__(self, value: object | None, kind: type) -> once[T] | T:
        if value is None:
            return self
        found = value.__dict__[self._name] = self._find(value)
        return found
