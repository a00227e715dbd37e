"""Doors that anybody may try, and how often: one stranger neither shuts them for all nor learns who is a member."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request

from serendipity.domain.addresses import address_key
from serendipity.domain.model import Member
from serendipity.usecases.access.tokens import code_digest
from serendipity.web.request_limits import Tries
from serendipity.web.sessions import GONE

if TYPE_CHECKING:
    from serendipity.web.pages import PageRequest

EVEN_SECONDS = 0.2


def sender_of(request: Request) -> str:
    """Return who sends a request, as it is counted: an IPv4 address, or the /48 that one site has of IPv6.

    >>> from starlette.requests import Request
    >>> sender_of(Request({"type": "http", "client": ("2001:db8:0:1::5", 80)}))
    '2001:db8::'
    """
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 80 << 80))


@dataclass(frozen=True, kw_only=True)
class Doors:
    """The limits of one machine's doors; `pause` waits, and `clock` counts seconds.

    A mail is asked for at most `mail_to` times an address, `mail_by` times a sender, and `mails` times in all.
    """

    mail_to: Tries
    mail_by: Tries
    mails: Tries
    codes: Tries
    log_ins: Tries
    log_ins_by: Tries
    log_ins_to: Tries
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    @contextmanager
    def mail(self, page: "PageRequest", email: str) -> Iterator[None]:
        """Count a request that may send a mail, and let its answer take as long for a known address as for another.

        At a kiosk many sign up one after the other, so that its sender is not counted. Raises TooMany, before any look.
        """
        begun = self.clock()
        if page.kiosk is None:
            self.mail_by.check(sender_of(page.request), page.now)
        if email:
            self.mail_to.check(address_key(email), page.now)
        self.mails.check("all", page.now)
        yield
        self.pause(max(0.0, begun + EVEN_SECONDS - self.clock()))

    def member_of_code(self, page: "PageRequest", code: str) -> Member | None:
        """Return whose personal code this is, None where it is nobody's; only wrong ones are counted.

        A kiosk is counted for itself, so that nobody in the same network uses up its tries. Raises TooMany.
        """
        key = f"code:kiosk:{page.kiosk.id}" if page.kiosk else f"code:{sender_of(page.request)}"
        self.codes.check(key, page.now)
        with page.services.ledger.read() as uow:
            member = uow.members.find_by_code(code_digest(code))
        if member is None or member.status in GONE:
            return None
        self.codes.take_back(key)
        return member


def doors_of(path: Path) -> Doors:
    """Return the doors whose tries are counted in a file, for all processes of a machine."""
    return Doors(
        mail_to=Tries(path, "mail", most=5, minutes=60),
        mail_by=Tries(path, "mail-by", most=100, minutes=60),
        mails=Tries(path, "mails", most=1000, minutes=60),
        codes=Tries(path, "code", most=20, minutes=10),
        log_ins=Tries(path, "log-in", most=8, minutes=15),
        log_ins_by=Tries(path, "log-in-by", most=40, minutes=15),
        log_ins_to=Tries(path, "log-in-to", most=100, minutes=15),
    )
