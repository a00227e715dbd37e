"""Erasure's second step: once the graph has let go of a member, the rest of their records is blanked."""

from serendipity.domain.model import Record, RecordKind
from serendipity.ports import GraphStore, Ledger, UnitOfWork

CONSUMER = "erasure"
_PAGE = 500


def finish_erasures(ledger: Ledger, graph: GraphStore) -> int:
    """Blank the records of those whose erasure the graph has folded; returns how many. Safe to repeat at any time.

    Understandings are needed until then, to take away from the graph what they brought.
    """
    with ledger.read() as uow:
        erased = _folded(uow, graph.head().offset) if uow.records.head() > uow.operations.offset(CONSUMER) else []
    for record in erased:
        with ledger.write() as uow:
            _blank_all(uow, record)
            uow.operations.set_offset(CONSUMER, record.position)
    return len(erased)


def _folded(uow: UnitOfWork, offset: int) -> list[Record]:
    after = uow.operations.offset(CONSUMER)
    found = uow.records.after(after, limit=_PAGE, kinds={RecordKind.MEMBER_ERASED})
    return [record for record in found if record.position <= offset]


def _blank_all(uow: UnitOfWork, erased: Record) -> None:
    touching = uow.records.touching({f"member:{erased.member}"}, upto=uow.records.head())
    uow.records.blank([one.position for one in touching if one.data is not None and one.kind not in _KEPT])


_KEPT = frozenset({RecordKind.MEMBER_ERASED})
