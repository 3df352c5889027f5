"""The record types of the inventory. Adding a type is one entry here."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct

from inventory.codes import (
    Code,
    DesignationState,
    DueDateState,
    FeedbackState,
    InstrumentState,
    OrganizationState,
    ProviderState,
    ServiceState,
)
from inventory.disclosure.suppression import suppressed
from inventory.records import Designation, DueDate, Feedback, Instrument, Organization, Provider, Service
from inventory.records.durations import in_seconds
from inventory.records.lifecycle import (
    DESIGNATION_ACTIONS,
    DUE_DATE_ACTIONS,
    FEEDBACK_ACTIONS,
    INSTRUMENT_ACTIONS,
    ORGANIZATION_ACTIONS,
    PROVIDER_ACTIONS,
    SERVICE_ACTIONS,
    Action,
)
from inventory.schema.fields import Part, Shape, shape

Document = dict[str, Any]


class RecordType(Struct, frozen=True, kw_only=True, dict=True):
    """A type of record.

    called: its common name, if different from `name`. table: its main table and its name in URLs. owner: the path of
    fields to the owning organization, through references. states: its code list of states. actions: its actions.
    public_states: the states everyone sees. listed_whole: an input lists all records of an owner, so omitted ones
    are absent. segments: the parts of its id and of its address, each with the form its fields take there; by
    default its key fields. respelled: a function that turns common spellings of numbers into numbers. suppresses: a
    function that returns the public part without suppressed figures, given the public parts of every version that
    was ever public. read_by_rules: rules on other records read these; they are few enough to be cached. upcasters:
    for version n of the schema, the pure function to n + 1.
    """

    name: str
    called: str = ""
    struct: type[Part]
    table: str
    states: type[Code]
    owner: tuple[str, ...]
    actions: tuple[Action, ...]
    public_states: frozenset[str]
    listed_whole: bool = False
    segments: tuple[tuple[str, str], ...] = ()
    respelled: Callable[[Document], Document] | None = None
    suppresses: Callable[[Document, Sequence[Document]], Document] | None = None
    read_by_rules: bool = False
    upcasters: tuple[Callable[[Document], Document], ...] = ()

    @property
    def schema_version(self) -> int:
        """Return the schema version of new entries, from 1."""
        return 1 + len(self.upcasters)

    @property
    def shape(self) -> Shape:
        """Return the type's fields."""
        return shape(self.struct)

    @property
    def one(self) -> str:
        """Return its name with an article: a due date, an organization."""
        return f"{'an' if self.words[0] in 'aeiou' else 'a'} {self.words}"

    @property
    def words(self) -> str:
        """Return its common name: due date, quarter of feedback."""
        return self.called or self.name.replace("_", " ")

    def action(self, name: str) -> Action | None:
        """Return the action of that name; None if there is none."""
        return next((action for action in self.actions if action.name == name), None)

    def leading(self, state: str, action: Action) -> list[Action]:
        """Return the actions that lead from a state to one that this action starts from."""
        targets = action.from_states - {""}  # an empty target means the state stays
        return [way for way in self.actions if state in way.from_states and way.to_state in targets]

    @cached_property
    def saves(self) -> Action:
        """Return the action that saves a record as given."""
        return next(
            action for action in self.actions if action.writes and not action.unsettled and not action.transfers
        )

    @cached_property
    def moves(self) -> bool:
        """Return whether saving a record may change its owner."""
        return any(action.moves and not action.transfers for action in self.actions)

    @cached_property
    def proposes(self) -> Action | None:
        """Return the action that stores a proposal; None if there is none."""
        return next((action for action in self.actions if action.unsettled), None)

    @property
    def withdrawn_states(self) -> frozenset[str]:
        """Return the states of withdrawn records."""
        return frozenset(action.to_state for action in self.actions if action.withdraws)

    @property
    def listed_states(self) -> list[str]:
        """Return the states that lists include: all but withdrawn ones."""
        return [str(state) for state in self.states if state not in self.withdrawn_states]

    @cached_property
    def refers_to_itself(self) -> bool:
        """Return whether such a record may refer to another of its type."""
        return any(field.references == self.name for field in self.shape.fields)

    @cached_property
    def owned_through(self) -> str | None:
        """Return the record type that determines the owner; None if a record names its owner itself."""
        return self.shape.field(self.owner[0]).references if len(self.owner) > 1 else None

    @cached_property
    def settled_states(self) -> frozenset[str]:
        """Return the final states, in which the id is used up, such as retired or withdrawn services.

        A record reaches them only after it was public, and no `save` starts from them. Records that wait for a
        reviewer are not public yet, and records that can be saved again continue, so neither is settled.
        """
        led_to = {action.to_state for action in self.actions if action.to_state}
        before = {a.to_state for a in self.actions if not a.from_states <= self.public_states}
        saved = {state for action in self.actions if action.name == "save" for state in action.from_states}
        return frozenset(led_to - before - saved)

    def owner_named(self, document: Document) -> str:
        """Return the id by which a document names its owner or parent record; empty if none."""
        return str(document.get(self.owner[0], "")) if self.owner else ""

    def owner_of(self, record: Part) -> str:
        """Return the id by which a record names its owner or parent record; empty if none."""
        return str(getattr(record, self.owner[0]) or "") if self.owner else ""

    @property
    def id_segments(self) -> tuple[str, ...]:
        """Return the names of the parts of its id, in order."""
        return tuple(name for name, _ in self.segments) or tuple(field.name for field in self.shape.key)

    def record_id(self, document: Document) -> str:
        """Return the id within the type: its segments, joined by slashes. Raises KeyError if a key field is missing."""
        if self.segments:
            return "/".join(form.format_map(document) for _, form in self.segments)
        return "/".join([str(document[field.name]) for field in self.shape.key])

    def record_id_of(self, record: Part) -> str:
        """Return the id of a record within the type."""
        if self.segments:
            return self.record_id({field.name: getattr(record, field.name) for field in self.shape.key})
        return "/".join([str(getattr(record, field.name)) for field in self.shape.key])

    def upcast(self, document: Document, version: int) -> Document:
        """Return a document of an earlier schema version in today's schema. Stored bytes stay as they are."""
        for step in self.upcasters[version - 1 :]:
            document = step(document)
        return document


ORGANIZATION = RecordType(
    name="organization",
    struct=Organization,
    table="organizations",
    states=OrganizationState,
    owner=("organization_id",),
    actions=ORGANIZATION_ACTIONS,
    public_states=frozenset({"proposed", "current", "ended"}),
)
SERVICE = RecordType(
    name="service",
    struct=Service,
    table="services",
    states=ServiceState,
    owner=("organization_id",),
    actions=SERVICE_ACTIONS,
    public_states=frozenset({"published", "retired"}),
    listed_whole=True,
)
PROVIDER = RecordType(
    name="provider",
    read_by_rules=True,
    struct=Provider,
    table="providers",
    states=ProviderState,
    owner=("organization_id",),
    actions=PROVIDER_ACTIONS,
    public_states=frozenset({"current", "ended"}),
)
DESIGNATION = RecordType(
    name="designation",
    read_by_rules=True,
    struct=Designation,
    table="designations",
    states=DesignationState,
    owner=("provider_id", "organization_id"),
    actions=DESIGNATION_ACTIONS,
    public_states=frozenset({"current", "ended"}),
)
INSTRUMENT = RecordType(
    name="instrument",
    read_by_rules=True,
    struct=Instrument,
    table="instruments",
    states=InstrumentState,
    owner=("provider_id", "organization_id"),
    actions=INSTRUMENT_ACTIONS,
    public_states=frozenset({"current", "ended"}),
)
FEEDBACK = RecordType(
    name="feedback",
    called="quarter of feedback",
    struct=Feedback,
    table="feedback",
    states=FeedbackState,
    owner=("provider_id", "organization_id"),
    actions=FEEDBACK_ACTIONS,
    public_states=frozenset({"published"}),
    segments=(
        ("provider_id", "{provider_id}"),
        ("service_id", "{service_id}"),
        ("period", "{fiscal_year}-Q{quarter}"),
    ),
    respelled=in_seconds,
    suppresses=suppressed,
)
DUE_DATE = RecordType(
    name="due_date",
    read_by_rules=True,
    struct=DueDate,
    table="due_dates",
    states=DueDateState,
    owner=(),
    actions=DUE_DATE_ACTIONS,
    public_states=frozenset({"current", "ended"}),
    segments=(("period", "{fiscal_year}-{obligation}"),),
)

Model = Mapping[str, RecordType]
"""The record types of an inventory by name; a type comes after those it references."""


def model(*record_types: RecordType) -> Model:
    """Return a model of these types, in this order."""
    return {record_type.name: record_type for record_type in record_types}


INVENTORY: Model = model(ORGANIZATION, SERVICE, PROVIDER, DESIGNATION, INSTRUMENT, DUE_DATE, FEEDBACK)
