"""Services and their parts (§280.4, .5, .7, .14)."""

import datetime
from typing import Annotated

from inventory import codes
from inventory.schema.fields import Part, about
from inventory.schema.scalars import Count, FiscalYear, Language, Line, Place, Prose, Slug, Title, Url, Word


class ServiceChannel(Part, frozen=True, kw_only=True):
    """One way people reach the service. A service may have two of a kind, such as two websites."""

    channel: Annotated[codes.Channel, about("Channel", "What kind of channel it is.", clause="280.5")]
    supports: Annotated[
        tuple[codes.Support, ...],
        about("Supports", "What customers can do there.", clause="280.7", table="service_channel_supports"),
    ] = ()
    url: Annotated[Url | None, about("Web address", "Its address on the web.")] = None
    phone: Annotated[Word | None, about("Phone", "The number to call or text.")] = None
    note: Annotated[Prose | None, about("Note", "What customers should know about it.")] = None
    languages: Annotated[
        tuple[Language, ...], about("Languages", "The languages it is offered in.", table="service_channel_languages")
    ] = ()


class NotDigital(Part, frozen=True, kw_only=True):
    """Why a service has no digital channel, and how it could have one."""

    reason_code: Annotated[
        codes.NotDigitalReason | None,
        about("Kind of reason", "What keeps the service from being digital.", clause="280.5"),
    ] = None
    reason: Annotated[Prose | None, about("Reason", "Why there is no digital channel.", clause="280.5")] = None
    potential_ways: Annotated[
        Prose | None, about("Potential ways", "How it could be provided digitally.", clause="280.5")
    ] = None


class Occasion(Part, frozen=True, kw_only=True):
    """The situation that brings a customer to the service: the why."""

    story: Annotated[
        Prose | None, about("Story", "What the customer wants to achieve, told as a story.", clause="280.4")
    ] = None
    life_event: Annotated[
        codes.LifeEvent | None, about("Life event", "The event in life that brings the customer.", clause="280.4")
    ] = None
    demand_explanation: Annotated[
        Prose | None, about("Demand", "How large the need is and how that is known.", clause="280.4")
    ] = None
    customer_types: Annotated[
        tuple[codes.CustomerType, ...],
        about(
            "Customer types",
            "What kinds of customers the service is for.",
            clause="280.2",
            table="service_customer_types",
        ),
    ] = ()
    customer_characteristics: Annotated[
        Prose | None, about("Customer characteristics", "What is particular about these customers.", clause="280.4")
    ] = None


class Offering(Part, frozen=True, kw_only=True):
    """What the customer gets or gets done: the thing."""

    name: Annotated[
        Line | None, about("Name", "What it is, in a noun: a passport, a flu shot, a loan.", clause="280.4")
    ] = None
    offering_type: Annotated[codes.OfferingType | None, about("Type", "What kind of thing it is.", clause="280.4")] = (
        None
    )
    description: Annotated[Prose | None, about("Description", "What it does for the customer.", clause="280.4")] = None


class ServiceRole(Part, frozen=True, kw_only=True):
    """A task in delivering the service and who does it: the people."""

    role: Annotated[codes.Role, about("Role", "Who does the task.", clause="280.4")]
    task: Annotated[Line | None, about("Task", "What they do.", clause="280.4")] = None
    performer: Annotated[codes.Performer | None, about("Performer", "Whether people, a program or both do it.")] = None
    organization_id: Annotated[
        Slug | None, about("Organization", "The organization they work for.", references="organization")
    ] = None
    name: Annotated[
        Line | None, about("Organization's name", "The organization's name, where it is not in the inventory.")
    ] = None


class ServiceTool(Part, frozen=True, kw_only=True):
    """A tool that the service is built from: the technology."""

    tool: Annotated[codes.Tool, about("Tool", "What kind of tool it is.", clause="280.4")]
    name: Annotated[Line | None, about("Name", "What the tool is called.")] = None
    url: Annotated[Url | None, about("Web address", "Its address on the web.")] = None


class Moment(Part, frozen=True, kw_only=True):
    """A moment that matters along the service's journey (§280.14)."""

    moment_id: Annotated[Slug, about("Moment id", "Id of the moment within the service.", key=True)]
    name: Annotated[Line, about("Name", "What happens at this moment.", clause="280.14")]
    position: Annotated[Place | None, about("Position", "Its place along the journey, from 1.")] = None


class Volume(Part, frozen=True, kw_only=True):
    """How much was done in one fiscal year. A figure never replaces that of another year."""

    fiscal_year: Annotated[
        FiscalYear, about("Fiscal year", "The fiscal year, by the calendar year it ends in.", key=True)
    ]
    channel: Annotated[codes.Channel, about("Channel", "The channel it was done through.", key=True)]
    kind: Annotated[codes.VolumeKind, about("Kind", "What is counted.", key=True)]
    count: Annotated[Count, about("Count", "How many in that year.")]


class Partner(Part, frozen=True, kw_only=True):
    """An organization that takes part in the service."""

    organization_id: Annotated[
        Slug | None, about("Organization", "Its id in the inventory.", references="organization")
    ] = None
    name: Annotated[Line | None, about("Name", "Its name, where it is not in the inventory.")] = None
    part: Annotated[Line | None, about("Part played", "What it does for the service.", clause="280.4")] = None


class Predecessor(Part, frozen=True, kw_only=True):
    """A service this one came from."""

    predecessor_id: Annotated[
        Slug, about("Predecessor", "Id of the earlier service, which may never have been public.", key=True)
    ]
    how: Annotated[codes.Succession | None, about("How", "How this service came from it.")] = None


class SourceId(Part, frozen=True, kw_only=True):
    """The id the service has in another system."""

    system: Annotated[Slug, about("System", "The name of the other system.", key=True)]
    id: Annotated[Word, about("Id", "The id there, exactly as written.", key=True)]
    fiscal_year: Annotated[
        FiscalYear | None, about("Fiscal year", "The latest year it told of, where it tells of years.")
    ] = None


class Service(Part, frozen=True, kw_only=True):
    """A public service: all the help that people get on the way to a public offering (§280.4, .5)."""

    service_id: Annotated[Slug, about("Service id", "Permanent id of the service.", key=True)]
    organization_id: Annotated[
        Slug, about("Organization", "The organization that owns it.", clause="280.5", references="organization")
    ]
    name: Annotated[Title, about("Name", "What customers call it.", clause="280.5")]
    responsible_unit: Annotated[
        Line | None,
        about("Responsible unit", "The unit that manages it.", clause="280.5", needed_to_publish=True),
    ] = None
    description: Annotated[
        Prose | None,
        about("Description", "What it is, in plain language.", clause="280.5", needed_to_publish=True),
    ] = None
    channels: Annotated[
        tuple[ServiceChannel, ...],
        about("Channels", "The places where people reach it.", clause="280.5", table="service_channels"),
    ] = ()
    not_digital: Annotated[
        NotDigital, about("Not digital", "Why it has no digital channel, where it has none.", clause="280.5")
    ] = NotDigital()
    service_type: Annotated[
        codes.ServiceType | None, about("Service type", "The type that fits it best.", clause="280.4")
    ] = None
    other_service_types: Annotated[
        tuple[codes.ServiceType, ...],
        about("Other service types", "Other types that fit it too.", clause="280.4", table="service_other_types"),
    ] = ()
    occasion: Annotated[Occasion, about("Occasion", "Why people come to the service.", clause="280.4")] = Occasion()
    offering: Annotated[Offering, about("Offering", "What people come to the service for.", clause="280.4")] = (
        Offering()
    )
    roles: Annotated[
        tuple[ServiceRole, ...], about("Roles", "Who does what to deliver it.", clause="280.4", table="service_roles")
    ] = ()
    tools: Annotated[
        tuple[ServiceTool, ...], about("Tools", "The tools it is built from.", clause="280.4", table="service_tools")
    ] = ()
    moments: Annotated[
        tuple[Moment, ...],
        about(
            "Moments that matter",
            "The moments that matter along its journey.",
            clause="280.14",
            table="service_moments",
        ),
    ] = ()
    volumes: Annotated[tuple[Volume, ...], about("Volumes", "Yearly figures of its use.", table="service_volumes")] = ()
    partners: Annotated[
        tuple[Partner, ...],
        about("Partners", "Other organizations that take part.", clause="280.4", table="service_partners"),
    ] = ()
    predecessors: Annotated[
        tuple[Predecessor, ...],
        about("Predecessors", "Earlier services that it came from.", table="service_predecessors"),
    ] = ()
    homepage: Annotated[Url | None, about("Homepage", "Where to start on the web.")] = None
    fees_charged: Annotated[bool | None, about("Fees charged", "Whether customers pay for it.")] = None
    source_ids: Annotated[
        tuple[SourceId, ...], about("Source ids", "Its ids in other systems.", table="service_source_ids")
    ] = ()
    reviewed_on: Annotated[
        datetime.date | None, about("Reviewed on", "When the agency last reviewed it.", clause="280.7")
    ] = None
    tags: Annotated[tuple[Word, ...], about("Tags", "Words to find it by.", table="service_tags")] = ()


def completeness(service: Service) -> int:
    """Return the percentage of the circular's five questions answered: occasion, offering, channels, roles, tools
    (§280.4).
    """
    answered = (
        service.occasion != Occasion(),
        service.offering != Offering(),
        bool(service.channels),
        bool(service.roles),
        bool(service.tools),
    )
    return 100 * sum(answered) // len(answered)
