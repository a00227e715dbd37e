"""The peer of check-ins: the least that acknowledges one durably, a FastAPI endpoint with one insert into SQLite."""

import sqlite3
import sys
import threading
from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel


class Said(BaseModel):
    """A check-in, taken as it comes."""

    id: str
    member: str
    text: str
    place: str | None = None


def bare_app(path: str) -> FastAPI:
    """Return an application that keeps check-ins in a file, synchronous=FULL as the ledger does."""
    app, lock = FastAPI(), threading.Lock()
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE said (id PRIMARY KEY, body)"):
        connection.execute(statement)

    def keep(rows: list[tuple[str, str]]) -> None:
        with lock:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO said VALUES (?, ?)", rows)
            connection.execute("COMMIT")

    @app.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/check-ins", status_code=201)
    def add(said: Said) -> dict[str, str]:
        keep([(said.id, said.model_dump_json())])
        return {"id": said.id}

    @app.post("/check-ins/batch")
    async def add_many(request: Request) -> dict[str, int]:
        lines = [Said.model_validate_json(line) for line in (await request.body()).splitlines()]
        keep([(said.id, said.model_dump_json()) for said in lines])
        return {"kept": len(lines)}

    return app


def main(arguments: Sequence[str]) -> None:
    """Serve on a port, into a file."""
    port, path = arguments
    uvicorn.run(bare_app(path), host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1:])
