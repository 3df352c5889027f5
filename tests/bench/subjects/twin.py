"""The twin: the same service as most would build it, with FastAPI, pydantic and an ORM over normalized tables.

It answers `GET /services/{service_id}` with the same full document, rebuilt from its rows. Bench code, never shipped.
"""

import os
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from inventory.records.registry import Document
from tests.bench.subjects.twin_tables import (
    Base,
    ChannelRow,
    LanguageRow,
    MomentRow,
    PartnerRow,
    RoleRow,
    ServiceRow,
    SourceRow,
    SupportRow,
    ToolRow,
    VolumeRow,
    WordRow,
)


class Out(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(from_attributes=True)


class Channel(Out):
    channel: str
    supports: list[str]
    url: str | None
    phone: str | None
    note: str | None
    languages: list[str]


class Role(Out):
    role: str
    task: str | None
    performer: str | None
    organization_id: str | None


class Tool(Out):
    tool: str
    name: str | None


class Moment(Out):
    moment_id: str
    name: str
    position: int


class Volume(Out):
    fiscal_year: int
    channel: str
    kind: str
    count: int


class Partner(Out):
    name: str | None
    part: str | None


class Source(Out):
    system: str
    id: str


class Occasion(Out):
    story: str
    life_event: str
    demand_explanation: str
    customer_types: list[str]
    customer_characteristics: str


class Offering(Out):
    name: str
    offering_type: str
    description: str


class Service(Out):
    service_id: str
    organization_id: str
    name: str
    responsible_unit: str
    description: str
    channels: list[Channel]
    service_type: str
    other_service_types: list[str]
    occasion: Occasion
    offering: Offering
    roles: list[Role]
    tools: list[Tool]
    moments: list[Moment]
    volumes: list[Volume]
    partners: list[Partner]
    homepage: str
    fees_charged: bool
    source_ids: list[Source]
    reviewed_on: str
    tags: list[str]


def app() -> FastAPI:
    """The twin over the database that BENCH_TWIN names."""
    engine, api = create_engine(os.environ["BENCH_TWIN"]), FastAPI()

    # A short synchronous read in an async handler is the faster way here; the thread pool would cost more.
    @api.get("/services/{service_id}", response_model=Service, response_model_exclude_none=True)
    async def get_service(service_id: str) -> Service:
        with Session(engine) as session:
            row = session.get(ServiceRow, service_id)
            if row is None:
                raise HTTPException(404)
            return _told(row)

    return api


def fill(url: str, documents: list[Document]) -> None:
    """Make the twin's tables and put these services in."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(_row(document) for document in documents)
        session.commit()
    engine.dispose()


def _told(row: ServiceRow) -> Service:
    flat = {name: getattr(row, name) for name in FLAT}
    return Service(
        **flat,
        occasion=Occasion(**{name: getattr(row, name) for name in OCCASION}, customer_types=_words(row, "customer")),
        offering=Offering(
            name=row.offering_name, offering_type=row.offering_type, description=row.offering_description
        ),
        channels=[
            Channel(
                channel=channel.channel,
                supports=[support.value for support in channel.supports],
                url=channel.url,
                phone=channel.phone,
                note=channel.note,
                languages=[language.value for language in channel.languages],
            )
            for channel in row.channels
        ],
        other_service_types=_words(row, "type"),
        roles=[Role.model_validate(role) for role in row.roles],
        tools=[Tool.model_validate(tool) for tool in row.tools],
        moments=[Moment(moment_id=m.moment_id, name=m.name, position=m.place) for m in row.moments],
        volumes=[Volume.model_validate(volume) for volume in row.volumes],
        partners=[Partner.model_validate(partner) for partner in row.partners],
        source_ids=[Source(system=source.system, id=source.id_there) for source in row.source_ids],
        tags=_words(row, "tag"),
    )


def _words(row: ServiceRow, kind: str) -> list[str]:
    return [word.value for word in row.words if word.list == kind]


def _row(document: Document) -> ServiceRow:
    occasion, offering = document["occasion"], document["offering"]
    words = [("customer", occasion["customer_types"]), ("type", document["other_service_types"])]
    return ServiceRow(
        **{name: document[name] for name in FLAT},
        **{name: occasion[name] for name in OCCASION},
        offering_name=offering["name"],
        offering_type=offering["offering_type"],
        offering_description=offering["description"],
        channels=[_channel(at, channel) for at, channel in enumerate(document["channels"])],
        roles=_items(RoleRow, document["roles"]),
        tools=_items(ToolRow, document["tools"]),
        moments=[
            MomentRow(position=at, moment_id=moment["moment_id"], name=moment["name"], place=moment["position"])
            for at, moment in enumerate(document["moments"])
        ],
        volumes=_items(VolumeRow, document["volumes"]),
        partners=_items(PartnerRow, document["partners"]),
        source_ids=[
            SourceRow(position=at, system=source["system"], id_there=source["id"])
            for at, source in enumerate(document["source_ids"])
        ],
        words=[
            WordRow(position=at, list=kind, value=value)
            for kind, values in [*words, ("tag", document["tags"])]
            for at, value in enumerate(values)
        ],
    )


def _channel(at: int, channel: Document) -> ChannelRow:
    plain = {name: channel.get(name) for name in ("channel", "url", "phone", "note")}
    return ChannelRow(
        position=at,
        **plain,
        supports=[SupportRow(position=place, value=value) for place, value in enumerate(channel["supports"])],
        languages=[LanguageRow(position=place, value=value) for place, value in enumerate(channel["languages"])],
    )


def _items(table: Any, items: list[Document]) -> list[Any]:
    return [table(position=at, **item) for at, item in enumerate(items)]


OCCASION = ("story", "life_event", "demand_explanation", "customer_characteristics")
FLAT = (
    "service_id",
    "organization_id",
    "name",
    "responsible_unit",
    "description",
    "service_type",
    "homepage",
    "fees_charged",
    "reviewed_on",
)
