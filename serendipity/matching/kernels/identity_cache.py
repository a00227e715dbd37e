"""Small cache keyed by object identity."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")


class IdentityCache(Generic[Key, Made]):
    """Makes something of an object once, and knows it again by identity; the object must not change.

    >>> lengths = IdentityCache(len)
    >>> word = ["a", "b"]
    >>> lengths.of(word), lengths.of(word)
    (2, 2)
    """

    def __init__(self, make: Callable[[Key], Made], *, kept: int = 4) -> None:
        """Keep what was made of so many objects, and the objects."""
        self._make = make
        self._kept: deque[tuple[Key, Made]] = deque(maxlen=kept)
        self._lock = threading.Lock()

    def of(self, key: Key) -> Made:
        """Return what is made of an object; whoever comes meanwhile waits for it."""
        with self._lock:
            for known, made in self._kept:
                if known is key:
                    return made
            made = self._make(key)
            self._kept.append((key, made))
            return made
