"""Many records at once: a package, a workbook or lines of documents, in one transaction."""

import gc
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import anyio
import msgspec
from anyio import from_thread
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery, Parameter
from litestar.response import Stream
from msgspec import Struct

from api.contract.errors import Overlong, WrongMedia
from api.contract.media_types import JSON, NDJSON, SENT, SUFFIXES
from api.contract.messages import Imported
from api.http.bodies import MEDIA, media_type
from api.http.lists import accepted, liked
from api.http.parameters import one_of
from api.http.senders import Sender, watched
from api.middleware.auth import bearer
from api.middleware.problems import inventory_problem, unexpected_problem
from api.resources.records import refusing
from api.server.concurrency import import_in_turn
from api.writes.perform import repeatable, response
from api.writes.run_import import ImportOptions, Tell, carry_out
from datapackage.formats.bounds import Bounds, Sizes
from inventory.access.policy import roles_told
from inventory.calendar.fiscal import Clock
from inventory.errors import InventoryError, NotAllowed
from inventory.ledger.store import Store
from inventory.problems import MOST_PROBLEMS
from inventory.records.lifecycle import Role
from inventory.records.registry import INVENTORY, Model
from inventory.writes.idempotency import Answer

MOST_RECORDS = 100_000
"""Records of one import: what is known of each has to be in memory."""
MOST_HELD = 5_000_000
"""Bytes of JSON of organizations in one import: they are put in order, which takes all of them in memory."""
MOST_TAKEN = Sizes(rows=100_000, table_bytes=32_000_000, cells=300_000, sheet_bytes=128_000_000, text_bytes=16_000_000)
"""What a file sent over HTTP may hold, so that no import takes 200 MB of memory; the command line takes more."""
LINES = 100
"""How many lines of progress may wait for a client that reads slowly; further ones are left out."""


class Progress(Struct, frozen=True, kw_only=True):
    """How far an import is."""

    doing: str
    done: int


DryRun = Annotated[bool, Parameter(description="Tell what would happen; write nothing.")]
PublishToo = Annotated[bool, Parameter(description="Publish what was loaded and is complete.")]
AsType = Annotated[
    str | None, Parameter(description="What documents are that do not say.", schema_extra=one_of(INVENTORY))
]
Work = Callable[[Tell], Answer]


class Allowance(Struct, frozen=True, kw_only=True):
    """How much one import may take: bytes of its file, what the file may hold, and seconds."""

    file_bytes: int
    seconds: int
    sizes: Sizes


def import_route(store: Store, now: Clock, allowance: Allowance) -> HTTPRouteHandler:
    """The route of imports."""

    @post(
        "/imports",
        operation_id="importRecords",
        tags=["Imports"],
        summary="Load many records at once, or try out what that would do",
        description="What can be kept is kept in one transaction, the rest comes back with every problem. Asked for "
        f"{NDJSON}, it tells how far it is, a line each, and its last line is the answer.",
        responses={200: ResponseSpec(Imported, description="What it did"), **refusing(400, 401, 403, 413, 415, 422)},
        opt={MEDIA: tuple(SUFFIXES)},
        status_code=200,
        request_max_body_size=None,
    )
    async def import_records(
        request: Request[Any, Any, Any],
        record_type: FromQuery[AsType] = None,
        dry_run: FromQuery[DryRun] = False,
        publish: FromQuery[PublishToo] = False,
    ) -> Response[bytes] | Stream:
        key, suffix = bearer(request), _suffix(request)
        if key.role not in (savers := _savers(store.model)):
            raise NotAllowed(f"{key.role} may not save any record; {roles_told(savers)} may")
        sender = Sender(allowance.seconds)
        bounds = Bounds(
            problems=MOST_PROBLEMS,
            records=MOST_RECORDS,
            held_bytes=MOST_HELD,
            go_on=sender.check,
        )
        options = ImportOptions(
            record_type=record_type, dry_run=dry_run, publish=publish, bounds=bounds, sizes=allowance.sizes
        )
        folder = tempfile.TemporaryDirectory(prefix="psi-import-")
        try:
            path = Path(folder.name) / f"{SENT}{suffix}"
            told_by = repeatable(request, key, await _received(request, path, allowance.file_bytes))

            def work(tell: Tell) -> Answer:
                gc.collect()  # a refusal and what the import before it held lead to one another
                with folder:
                    return carry_out(store, now, key.actor, path, options, told_by, tell)

            if liked(accepted(request), [JSON, NDJSON]) == NDJSON:
                return Stream(_telling(request, sender, work, folder), media_type=NDJSON)
            async with watched(request, sender):
                return response(await import_in_turn(request, work, lambda what, count: None))
        except BaseException:
            folder.cleanup()
            raise

    return import_records


def _savers(model: Model) -> frozenset[Role]:
    """Who may bring in records of some type, be it as proposals."""
    keeping = [action for kind in model.values() for action in (kind.saves, kind.proposes) if action is not None]
    return frozenset(role for action in keeping for role in action.roles)


def _suffix(request: Request[Any, Any, Any]) -> str:
    media = media_type(request)
    if media not in SUFFIXES:
        raise WrongMedia(f"Send one of {', '.join(SUFFIXES)}, not {media or 'a body without a Content-Type'}")
    return SUFFIXES[media]


async def _received(request: Request[Any, Any, Any], path: Path, most: int) -> bytes:
    """The digest of what is sent, once it lies in the file. Raises Overlong."""
    digest, size = hashlib.sha256(), 0
    async with await anyio.open_file(path, "wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise Overlong(f"At most {most:,} bytes are taken at once; send it in parts")
            digest.update(chunk)
            await file.write(chunk)
    return digest.digest()


async def _telling(
    request: Request[Any, Any, Any], sender: Sender, work: Work, folder: tempfile.TemporaryDirectory[str]
) -> AsyncIterator[bytes]:
    """Return how far the work is, a line each, and in the end its answer or what is wrong.

    It is cancelled when the sender goes: the work then stops, and what it wrote is rolled back. The folder is deleted
    in the end, also where the work had no turn.
    """
    send, receive = anyio.create_memory_object_stream[bytes](LINES)

    def tell(what: str, count: int) -> None:
        if not send.statistics().current_buffer_used >= LINES - 1:
            with suppress(anyio.BrokenResourceError):
                from_thread.run_sync(send.send_nowait, msgspec.json.encode(Progress(doing=what, done=count)))

    async def run() -> None:
        async with send:
            try:
                answer = (await import_in_turn(request, work, tell)).body
            except InventoryError as error:
                answer = inventory_problem(request, error).content
            except Exception as error:  # noqa: BLE001 - the status is sent already: the last line has to tell
                answer = unexpected_problem(request, error).content
            await send.send(answer)

    with folder:
        async with anyio.create_task_group() as tasks, receive:
            tasks.start_soon(run)
            try:
                async for line in receive:
                    yield line + b"\n"
            finally:
                sender.leave()  # the task group waits for the thread to end
