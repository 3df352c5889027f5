"""The derived tables of a release: publications, completeness, scores, due dates and codes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from datapackage.packages.public_records import PublicRecord, PublicRecords
from datapackage.tables.projection import Table, main_table, public
from inventory.calendar.due_dates import Dated, calendar, set_by_omb
from inventory.codes import CODE_LISTS, Channel, Measure, Scale
from inventory.ledger.chain import Entry
from inventory.records import Service
from inventory.records.documents import document
from inventory.records.registry import Document, Model
from inventory.records.service import completeness
from inventory.schema.fields import LARGEST, Part, about, shape
from inventory.schema.scalars import Line, Point, Prose, Slug, Word, text
from inventory.scores.figures import MEASURES, SCALES, figures
from inventory.scores.pools import Quarterly, pools_of
from inventory.scores.tables import QuarterScore

Percent = Annotated[int, Meta(ge=0, le=100)]
Number = Annotated[int, Meta(ge=1, le=LARGEST)]
Hex = Annotated[str, text(64, r"^[0-9a-f]+$", "lowercase hexadecimal digits", shortest=32)]
Timestamp = Annotated[str, text(27, r"^[0-9T:.\-]+Z$", "a time in UTC as YYYY-MM-DDThh:mm:ss.ffffffZ", shortest=27)]
Day = Annotated[str, text(10, r"^\d{4}-\d\d-\d\d$", "a date as YYYY-MM-DD", shortest=10)]


class Publication(Part, frozen=True, kw_only=True):
    """Where a record of this release stands in the ledger: what to quote, and how to prove it.

    The digest is the SHA-256 over the salt and the record's public JSON (sorted keys, no white space).
    """

    record_type: Annotated[Word, about("Record type", "The kind of record.", key=True)]
    record_id: Annotated[Line, about("Record id", "Its key, parts joined by a slash.", key=True)]
    state: Annotated[Word, about("State", "The state in which it is public.")]
    version: Annotated[Number, about("Version", "Which version of its content.")]
    public_seq: Annotated[Number, about("Public number", "Its place in the public feed.")]
    seq: Annotated[Number, about("Ledger number", "Its place in the ledger.")]
    recorded_at: Annotated[Timestamp, about("Recorded at", "When it became public (UTC).")]
    schema_version: Annotated[Number, about("Schema version", "The version of the record's schema.")]
    digest: Annotated[Hex, about("Digest", "The ledger's commitment to the public record.")]
    salt: Annotated[Hex, about("Salt", "The random text the digest was taken with.")]
    link: Annotated[Hex, about("Link", "The link of the ledger entry: a receipt.")]


class ServiceCompleteness(Part, frozen=True, kw_only=True):
    """How much of the circular's service model an entry answers (§280.4)."""

    service_id: Annotated[Slug, about("Service", "The service.", key=True, references="service")]
    completeness: Annotated[
        Percent,
        about("Completeness", "Percent of occasion, offering, channels, roles and tools given.", clause="280.4"),
    ]


class CodeEntry(Part, frozen=True, kw_only=True):
    """One code of a list, with what it means."""

    list: Annotated[Word, about("List", "The code list.", key=True)]
    code: Annotated[Word, about("Code", "The value that stands in the data.", key=True)]
    label: Annotated[Prose, about("Label", "The name that people read.")]
    definition: Annotated[Prose, about("Definition", "What it means.")]
    source: Annotated[Prose, about("Source", "The clause or standard the list comes from.")]
    digital: Annotated[bool | None, about("Digital", "Whether a channel is digital.", clause="280.7")] = None
    domain: Annotated[Word | None, about("Domain", "The domain of a driver.", clause="280.10")] = None
    lowest: Annotated[Point | None, about("Lowest", "The lowest point of a scale.", clause="280.10")] = None
    highest: Annotated[Point | None, about("Highest", "The highest point of a scale.", clause="280.10")] = None
    favorable_from: Annotated[
        Point | None, about("Favorable from", "The lowest point that counts as favorable.", clause="280.10")
    ] = None
    valid_from: Annotated[Day | None, about("Valid from", "First day on which it may be used.")] = None
    valid_to: Annotated[Day | None, about("Valid to", "Last day on which it may be used.")] = None


def code_documents() -> list[Document]:
    """Return every code of every list, sorted by key."""
    entries = [
        CodeEntry(
            list=name,
            code=str(code),
            label=code.label,
            definition=code.definition,
            source=codes.source,
            digital=code.is_digital if isinstance(code, Channel) else None,
            domain=code.domain if isinstance(code, Measure) else None,
            lowest=code.points[0] if isinstance(code, Scale) else None,
            highest=code.points[-1] if isinstance(code, Scale) else None,
            favorable_from=code.favorable_from if isinstance(code, Scale) else None,
            valid_from=code.valid_from.isoformat() if code.valid_from else None,
            valid_to=code.valid_to.isoformat() if code.valid_to else None,
        )
        for name, codes in CODE_LISTS.items()
        for code in codes
    ]
    return sorted((document(entry) for entry in entries), key=lambda entry: (entry["list"], entry["code"]))


def publication(entry: Entry, salt: str) -> Publication:
    """Return the publication of a record that this entry made public."""
    assert entry.public_seq is not None
    return Publication(
        record_type=entry.record_type,
        record_id=entry.record_id,
        state=entry.state,
        version=entry.version,
        public_seq=entry.public_seq,
        seq=entry.seq,
        recorded_at=entry.recorded_at,
        schema_version=entry.schema_version,
        digest=entry.public_digest,
        salt=salt,
        link=entry.link,
    )


def _completeness(record: PublicRecord) -> Iterator[Document]:
    service = msgspec.convert(record.document, Service)
    yield document(ServiceCompleteness(service_id=service.service_id, completeness=completeness(service)))


DATED = ("designation", "feedback", "due_date")
"""The record types whose ids end with a fiscal year."""


def _scores(record: PublicRecord) -> Iterator[Document]:
    quarter = msgspec.convert(record.document, Quarterly)
    for (measure, scale), pool in pools_of(quarter).items():
        yield document(
            QuarterScore(
                provider_id=quarter.provider_id,
                service_id=quarter.service_id,
                fiscal_year=quarter.fiscal_year,
                quarter=quarter.quarter,
                measure=MEASURES[measure],
                scale=SCALES[scale],
                **figures(pool, SCALES[scale]),
            )
        )


def _calendar(public: PublicRecords) -> Iterator[Document]:
    """Yield the due dates of all fiscal years from the first to the last that public records mention."""
    years = {int(record_id.rpartition("/")[2][:4]) for name in DATED for record_id in public.ids(name)}
    set_days = {record.entry.record_id: record for record in public.named("due_date")}
    override = set_by_omb(
        lambda record_type, record_id: set_days[record_id].entry if record_id in set_days else None,
        lambda record_type, record_id: set_days[record_id].document,
    )
    for year in range(min(years), max(years) + 1) if years else ():
        yield from sorted((document(entry) for entry in calendar(year, override)), key=lambda item: item["obligation"])


class Beside(Struct, frozen=True, kw_only=True):
    """A derived table. Its items are made from each public record of a type, from all of them, or from none.

    of: the record type they are made from; None for every type. made: the items of one record. gathers: the record
    types that `gathered` reads. gathered: the items made from all public records, sorted by key. standing: the items
    made from none, sorted by key.
    """

    name: str
    struct: type[Part]
    of: str | None = None
    made: Callable[[PublicRecord], Iterable[Document]] = lambda record: ()
    gathers: tuple[str, ...] = ()
    gathered: Callable[[PublicRecords], Iterable[Document]] = lambda public: ()
    standing: Callable[[], Iterable[Document]] = lambda: ()


BESIDE = (
    Beside(
        name="publications", struct=Publication, made=lambda record: [document(publication(record.entry, record.salt))]
    ),
    Beside(name="service_completeness", struct=ServiceCompleteness, of="service", made=_completeness),
    Beside(name="calendar", struct=Dated, gathers=DATED, gathered=_calendar),
    Beside(name="scores", struct=QuarterScore, of="feedback", made=_scores),
    Beside(name="codes", struct=CodeEntry, standing=code_documents),
)


def beside(model: Model) -> tuple[Beside, ...]:
    """Return the derived tables that fit a model: it has all the types they are made from and refer to."""
    return tuple(table for table in BESIDE if _needs(table) <= model.keys())


def _needs(table: Beside) -> set[str]:
    return {
        name for name in (table.of, *table.gathers, *(field.references for field in shape(table.struct).fields)) if name
    }


def release_tables(model: Model) -> dict[str, Table]:
    """Return the main tables of a release by name: one a record type, then the derived tables that fit the model."""
    mains = {kind.table: public(main_table(kind.struct, kind.table, model)) for kind in model.values()}
    return mains | {table.name: main_table(table.struct, table.name, model) for table in beside(model)}
