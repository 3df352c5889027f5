"""The twin's tables: a service normalized, as an ORM has it."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Base of the twin's tables."""


class Item:
    """A row of a list, in its place."""

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]


class OfService(Item):
    """A row of a list of a service."""

    service_id: Mapped[str] = mapped_column(ForeignKey("services.service_id"), index=True)


class OfChannel(Item):
    """A row of a list of a channel."""

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), index=True)
    value: Mapped[str]


class SupportRow(OfChannel, Base):
    __tablename__ = "supports"


class LanguageRow(OfChannel, Base):
    __tablename__ = "languages"


class ChannelRow(OfService, Base):
    __tablename__ = "channels"
    channel: Mapped[str]
    url: Mapped[str | None]
    phone: Mapped[str | None]
    note: Mapped[str | None]
    supports: Mapped[list[SupportRow]] = relationship(lazy="selectin", order_by=SupportRow.position)
    languages: Mapped[list[LanguageRow]] = relationship(lazy="selectin", order_by=LanguageRow.position)


class RoleRow(OfService, Base):
    __tablename__ = "roles"
    role: Mapped[str]
    task: Mapped[str | None]
    performer: Mapped[str | None]
    organization_id: Mapped[str | None]


class ToolRow(OfService, Base):
    __tablename__ = "tools"
    tool: Mapped[str]
    name: Mapped[str | None]


class MomentRow(OfService, Base):
    __tablename__ = "moments"
    moment_id: Mapped[str]
    name: Mapped[str]
    place: Mapped[int]


class VolumeRow(OfService, Base):
    __tablename__ = "volumes"
    fiscal_year: Mapped[int]
    channel: Mapped[str]
    kind: Mapped[str]
    count: Mapped[int]


class PartnerRow(OfService, Base):
    __tablename__ = "partners"
    name: Mapped[str | None]
    part: Mapped[str | None]


class SourceRow(OfService, Base):
    __tablename__ = "source_ids"
    system: Mapped[str]
    id_there: Mapped[str]


class WordRow(OfService, Base):
    """Tags, customer types and other service types."""

    __tablename__ = "words"
    list: Mapped[str]
    value: Mapped[str]


class ServiceRow(Base):
    __tablename__ = "services"
    service_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    name: Mapped[str]
    responsible_unit: Mapped[str]
    description: Mapped[str]
    service_type: Mapped[str]
    story: Mapped[str]
    life_event: Mapped[str]
    demand_explanation: Mapped[str]
    customer_characteristics: Mapped[str]
    offering_name: Mapped[str]
    offering_type: Mapped[str]
    offering_description: Mapped[str]
    homepage: Mapped[str]
    fees_charged: Mapped[bool]
    reviewed_on: Mapped[str]
    channels: Mapped[list[ChannelRow]] = relationship(lazy="selectin", order_by=ChannelRow.position)
    roles: Mapped[list[RoleRow]] = relationship(lazy="selectin", order_by=RoleRow.position)
    tools: Mapped[list[ToolRow]] = relationship(lazy="selectin", order_by=ToolRow.position)
    moments: Mapped[list[MomentRow]] = relationship(lazy="selectin", order_by=MomentRow.position)
    volumes: Mapped[list[VolumeRow]] = relationship(lazy="selectin", order_by=VolumeRow.position)
    partners: Mapped[list[PartnerRow]] = relationship(lazy="selectin", order_by=PartnerRow.position)
    source_ids: Mapped[list[SourceRow]] = relationship(lazy="selectin", order_by=SourceRow.position)
    words: Mapped[list[WordRow]] = relationship(lazy="selectin", order_by=WordRow.position)
