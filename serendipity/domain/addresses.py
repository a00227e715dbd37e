"""E-mail addresses: one normal form at every door, so that one address is one person and every mail can be built."""

import re
import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from serendipity.domain.errors import InvalidInput

NOT_AN_ADDRESS = "this is not an e-mail address; it should look like name@example.org"
# Mail servers of offices and of tests use these; the validator leaves the choice to this list.
SPECIAL_USE_DOMAIN_NAMES[:] = sorted({*SPECIAL_USE_DOMAIN_NAMES} - {"local", "localhost", "test"})
_AROUND = " \t\r\n.,;:<>\"'"
_INVISIBLE = {"Cf", "Cc", "Zs", "Zl", "Zp"}


def normal_address(text: str, *, local: bool = False) -> str:
    """Return an address in its normal form: no spaces or invisible characters, its domain in lower case and as xn--.

    A name around it ("Anna <anna@example.org>") and punctuation of the sentence that it was copied from are taken off.
    Raises InvalidInput when no mail can be sent to it; `local` allows a domain of one word, such as localhost.

    >>> normal_address("Jürgen <Kern@KÖLN.example>."), normal_address("zed@example.org.")
    ('Kern@xn--kln-sna.example', 'zed@example.org')
    """
    named = re.search(r"<([^<>]*)>[\s.,;]*$", text)
    bare = "".join(sign for sign in (named[1] if named else text) if unicodedata.category(sign) not in _INVISIBLE)
    try:
        found = validate_email(
            bare.removeprefix("mailto:").strip(_AROUND), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise InvalidInput(NOT_AN_ADDRESS) from error
    if not found.ascii_domain or not (local or "." in found.ascii_domain):
        raise InvalidInput(NOT_AN_ADDRESS)
    return f"{found.local_part}@{found.ascii_domain}"


def is_address(text: str) -> bool:
    """Tell whether mail can be sent to an address.

    >>> is_address("anna@example.org"), is_address("anna@example..org")
    (True, False)
    """
    try:
        normal_address(text)
    except InvalidInput:
        return False
    return True


def address_key(text: str) -> str:
    """Return an address as it is compared: in its normal form without case; what is none as it is.

    >>> address_key(" Anna@Example.org"), address_key("nobody")
    ('anna@example.org', 'nobody')
    """
    try:
        return normal_address(text).casefold()
    except InvalidInput:
        return text.strip().casefold()
