"""Managers, sessions, keys, kiosks and links."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, delete, insert, select, update

from serendipity.domain.addresses import address_key
from serendipity.domain.errors import NotFound
from serendipity.domain.model import ApiKey, Kiosk, Link, LinkPurpose, Manager, Session
from serendipity.stores.ledger_sql.schema import api_keys, kiosks, links, managers, sessions
from serendipity.stores.ledger_sql.transaction import Transaction, row_of

_MANAGER_COLUMNS = [column for column in managers.columns if column.name != "email_key"]
_MANAGER = select(*_MANAGER_COLUMNS).where(managers.c.id == bindparam("id"))
_MANAGER_BY_EMAIL = select(*_MANAGER_COLUMNS).where(managers.c.email_key == bindparam("email"))
_SESSION = select(sessions).where(sessions.c.token_hash == bindparam("token"), sessions.c.expires_at > bindparam("now"))
_KEY = select(api_keys).where(api_keys.c.id == bindparam("id"))
_KIOSK = select(kiosks).where(kiosks.c.token_hash == bindparam("token"), kiosks.c.revoked_at.is_(None))
_LINK = select(links).where(links.c.token_hash == bindparam("token"))


class SqlAccess:
    """Managers, sessions, keys, kiosks, links."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    # --- managers and their sessions ---

    def put_manager(self, manager: Manager) -> None:
        """Insert or replace. Raises Conflict when another manager has the e-mail address."""
        self._transaction.put(managers, {**row_of(manager), "email_key": address_key(manager.email)})

    def manager(self, id: str) -> Manager:
        """Return one."""
        row = self._first(_MANAGER, id=id)
        if row is None:
            raise NotFound(f"There is no manager {id!r}.", id=id)
        return Manager(**row._mapping)

    def manager_by_email(self, email: str) -> Manager | None:
        """Return one (case-insensitive)."""
        row = self._first(_MANAGER_BY_EMAIL, email=address_key(email))
        return None if row is None else Manager(**row._mapping)

    def managers(self) -> list[Manager]:
        """Return all, by id."""
        statement = select(*_MANAGER_COLUMNS).order_by(managers.c.id)
        return [Manager(**row._mapping) for row in self._transaction.run(statement)]

    def add_session(self, session: Session) -> None:
        """Insert."""
        self._transaction.run(insert(sessions), row_of(session))

    def session(self, token_hash: str, *, now: datetime) -> Session | None:
        """Return an unexpired session."""
        row = self._first(_SESSION, token=token_hash, now=now)
        return None if row is None else Session(**row._mapping)

    def end_session(self, token_hash: str) -> None:
        """Delete; nothing happens when it has ended already."""
        self._transaction.run(delete(sessions).where(sessions.c.token_hash == token_hash))

    def end_sessions(self, subject: str, *, but: str | None = None) -> int:
        """Delete all sessions of a subject but the one with a token's hash; returns how many."""
        others = (sessions.c.subject == subject) & (sessions.c.token_hash != (but or ""))
        return self._transaction.run(delete(sessions).where(others)).rowcount

    def forget_sessions(self, *, expired_before: datetime) -> int:
        """Delete sessions that expired before a time; returns how many."""
        return self._transaction.run(delete(sessions).where(sessions.c.expires_at < expired_before)).rowcount

    # --- keys ---

    def add_key(self, key: ApiKey) -> None:
        """Insert."""
        self._transaction.run(insert(api_keys), row_of(key))

    def key(self, id: str) -> ApiKey | None:
        """Return one, also a revoked one."""
        row = self._first(_KEY, id=id)
        return None if row is None else ApiKey(**row._mapping)

    def keys(self) -> list[ApiKey]:
        """Return all, in the order of their making."""
        statement = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        return [ApiKey(**row._mapping) for row in self._transaction.run(statement)]

    def revoke_key(self, id: str, at: datetime) -> None:
        """Revoke; a second time changes nothing. Raises NotFound."""
        if self.key(id) is None:
            raise NotFound(f"There is no key {id!r}.", id=id)
        unrevoked = (api_keys.c.id == id) & api_keys.c.revoked_at.is_(None)
        self._transaction.run(update(api_keys).where(unrevoked).values(revoked_at=at))

    # --- kiosks ---

    def put_kiosk(self, kiosk: Kiosk) -> None:
        """Insert or replace."""
        self._transaction.put(kiosks, row_of(kiosk))

    def kiosk_by_token(self, token_hash: str) -> Kiosk | None:
        """Return a kiosk that is not revoked."""
        row = self._first(_KIOSK, token=token_hash)
        return None if row is None else Kiosk(**row._mapping)

    def kiosks(self) -> list[Kiosk]:
        """Return all, by id."""
        return [Kiosk(**row._mapping) for row in self._transaction.run(select(kiosks).order_by(kiosks.c.id))]

    # --- links ---

    def forget_links(self, *, expired_before: datetime) -> int:
        """Delete links that expired before a time; returns how many."""
        return self._transaction.run(delete(links).where(links.c.expires_at < expired_before)).rowcount

    def add_link(self, link: Link) -> None:
        """Insert."""
        self._transaction.run(insert(links), row_of(link))

    def drop_links(self, member: str, purpose: LinkPurpose) -> None:
        """Delete a member's links of a purpose."""
        self._transaction.run(delete(links).where(links.c.member == member, links.c.purpose == purpose))

    def link(self, token_hash: str) -> Link | None:
        """Return a link, used or not."""
        row = self._first(_LINK, token=token_hash)
        return None if row is None else Link(**row._mapping)

    def use_link(self, token_hash: str, at: datetime) -> bool:
        """Mark as used; False when it was used before. Raises NotFound."""
        unused = (links.c.token_hash == token_hash) & links.c.used_at.is_(None)
        if self._transaction.run(update(links).where(unused).values(used_at=at)).rowcount == 1:
            return True
        if self.link(token_hash) is None:
            raise NotFound("There is no such link.")
        return False

    def _first(self, statement: sa.Select[Any], **values: Any) -> sa.Row[Any] | None:
        return self._transaction.run(statement, values).first()
