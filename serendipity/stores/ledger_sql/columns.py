"""Column types that mean the same on every database: instants, ids, words and JSON."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from sqlalchemy import BigInteger, ColumnElement, Dialect, Integer, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Bytewise order on both databases, so that pages by id and prefixes of names agree with each other.
KEY = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite makes only an INTEGER primary key the row's own number.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")

W = TypeVar("W", bound=StrEnum)


def to_us(at: datetime) -> int:
    """Return an aware datetime as microseconds since 1970, without loss.

    >>> to_us(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """Return microseconds since 1970 as a datetime in UTC."""
    return EPOCH + MICROSECOND * us  # four times as fast as timedelta(microseconds=us), and as exact


def plain(value: object) -> Any:
    """Give orjson what it does not know by itself: mappings that are no dicts, and sets (sorted)."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 (UTC): exact, ordered and small."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Write."""
        return None if value is None else to_us(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read."""
        return None if value is None else from_us(value)


class Json(TypeDecorator[Any]):
    """Any JSON value as text with sorted keys; None is JSON's null."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Write."""
        return orjson.dumps(value, plain, orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read."""
        return None if value is None else orjson.loads(value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        """Write."""
        return orjson.dumps(value or ()).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        """Read."""
        return tuple(orjson.loads(value)) if value else ()


class WordSet(TypeDecorator[frozenset[str]]):
    """A set of strings, as a sorted JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str:
        """Write."""
        return orjson.dumps(sorted(value or ())).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> frozenset[str]:
        """Read."""
        return frozenset(orjson.loads(value)) if value else frozenset()


class Word(TypeDecorator[W]):
    """One value of a StrEnum, as its text."""

    impl = KEY
    cache_ok = True

    def __init__(self, of: type[W]) -> None:
        """Keep the enumeration that values belong to."""
        super().__init__()
        self.of = of

    def process_bind_param(self, value: W | None, dialect: Dialect) -> str | None:
        """Write."""
        return None if value is None else str(self.of(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> W | None:
        """Read."""
        return None if value is None else self.of(value)


# --- a whole collection as one parameter ------------------------------------------------------------------------


class Listing(TypeDecorator[Collection[Any]]):
    """A collection of keys or numbers as one parameter: an array on PostgreSQL, a JSON list on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, *, of_numbers: bool) -> None:
        """Keep what the items are."""
        super().__init__()
        self.of_numbers = of_numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose how it travels."""
        if dialect.name != "postgresql":
            return Text()
        return ARRAY(BigInteger() if self.of_numbers else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        """Write."""
        items = list(dict.fromkeys(value or ()))
        return items if dialect.name == "postgresql" else orjson.dumps(items).decode()


class _Items(FunctionElement[Any]):
    """The rows of a listing."""

    inherit_cache = True


@compiles(_Items, "sqlite")
def _items_of_json(element: _Items, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(_Items, "postgresql")
def _items_of_array(element: _Items, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Compare a column with any number of values, bound under a name as one parameter.

    A parameter for each value has a limit on both databases, and thousands of them take PostgreSQL's driver minutes.
    """
    listing = bindparam(name, type_=Listing(of_numbers=isinstance(column.type, BigInteger)))
    return column.op("IN", is_comparison=True)(_Items(listing))
