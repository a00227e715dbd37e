"""A process that appends check-ins one by one and says so only after the commit; its test kills it."""

import sys

from serendipity.stores.ledger_sql import open_ledger
from tests.contract.ledger.making import check_in


def main(url: str) -> None:
    """Write until killed; print the position of each committed record."""
    ledger = open_ledger(url)
    number = 0
    while True:
        number += 1
        with ledger.write() as unit:
            [answer] = unit.records.append([check_in(f"c-{number}", refs=("topic:law",))])
            unit.consumers.set_position("writer", answer.record.position)
        sys.stdout.write(f"{answer.record.position}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
