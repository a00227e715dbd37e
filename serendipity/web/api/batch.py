"""NDJSON batches: one JSON object a line, answered line by line, each with its own status."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import StreamingResponse

from serendipity.domain.errors import InvalidInput, NotJson, SerendipityError
from serendipity.intake.json_texts import parse_json
from serendipity.web.problems import field_errors, status_of, summarise_errors

Item = TypeVar("Item", bound=BaseModel)
Answer = dict[str, Any]
Take = Callable[[Sequence[Item]], list[Answer]]
CHUNK = 500
LONGEST_LINE = 1024 * 1024  # bytes: as much as a single one may send
NDJSON = "application/x-ndjson"
DOCUMENTED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}},
    "responses": {
        "200": {
            "description": "One JSON object a line: `line`, `status` as for a single one, its answer or `detail`.",
            "content": {NDJSON: {"schema": {"type": "string"}}},
        }
    },
}


async def read_body(request: Request) -> bytes:
    """Read the body; its size is limited before it gets here."""
    return await request.body()


Body = Annotated[bytes, Depends(read_body)]


def answer_batch(body: bytes, model: type[Item], take: Take[Item]) -> StreamingResponse:
    """Answer a batch: `take` appends items in one transaction and answers in order, each with its `status`.

    The lines of a chunk are committed before their answers are sent. Where one of them cannot be taken, the chunk's
    lines are taken one by one, so that the others stand.
    """
    return StreamingResponse(_answers(body.split(b"\n"), model, take), media_type=NDJSON)


def _answers(lines: list[bytes], model: type[Item], take: Take[Item]) -> Iterator[bytes]:
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    for start in range(0, len(numbered), CHUNK):
        chunk = numbered[start : start + CHUNK]
        answers = zip(chunk, _chunk([line for _, line in chunk], model, take), strict=True)
        # At one go: each part that is sent is a trip to another thread.
        yield b"".join(orjson.dumps({"line": number, **answer}, default=str) + b"\n" for (number, _), answer in answers)


def _chunk(lines: Sequence[bytes], model: type[Item], take: Take[Item]) -> list[Answer]:
    read = [_read(line, model) for line in lines]
    items = [each for each in read if isinstance(each, model)]
    try:
        taken = iter(take(items) if items else [])
    except SerendipityError:
        taken = iter([_take_alone(item, take) for item in items])
    return [next(taken) if isinstance(each, model) else each for each in read]  # type: ignore[misc]


def _take_alone(item: Item, take: Take[Item]) -> Answer:
    try:
        return take([item])[0]
    except SerendipityError as error:
        return {"status": status_of(error), "detail": str(error), **error.details}


def _read(line: bytes, model: type[Item]) -> Item | Answer:
    if len(line) > LONGEST_LINE:
        return {"status": 413, "detail": f"This line is larger than {LONGEST_LINE} bytes; send it in parts."}
    try:
        return model.model_validate(parse_json(line))
    except InvalidInput as error:
        return {"status": 400 if isinstance(error, NotJson) else 422, "detail": str(error), **error.details}
    except ValidationError as error:
        wrong = field_errors(error.errors(include_url=False, include_input=False))
        return {"status": 422, "detail": summarise_errors(wrong), "errors": wrong}
