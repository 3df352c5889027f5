"""The inventory's records: organizations, services, providers and designations (§280.4, .5, .13, .14)."""

import datetime
from typing import Annotated

from inventory import codes
from inventory.fields import Part, about
from inventory.scalars import (
    Count,
    Email,
    FiscalYear,
    Language,
    Line,
    Place,
    Prose,
    Quarter,
    QuarterName,
    Slug,
    ThreeDigits,
    Title,
    TwoDigits,
    Url,
    Word,
)


class Organization(Part, frozen=True, kw_only=True):
    """A department, agency, bureau or office that provides services or contains others that do."""

    organization_id: Annotated[Slug, about("Organization id", "Permanent id of the organization.", key=True)]
    name: Annotated[Line, about("Name", "Official name.")]
    abbreviation: Annotated[Word | None, about("Abbreviation", "Short form people know it by.")] = None
    parent_id: Annotated[Slug | None, about("Parent", "The organization it belongs to.", references="organization")] = (
        None
    )
    kind: Annotated[codes.OrganizationKind | None, about("Kind", "How it stands in government.")] = None
    omb_agency_code: Annotated[
        ThreeDigits | None,
        about("OMB agency code", "OMB's code of the agency, with leading zeros.", clause="A-11 App. C"),
    ] = None
    omb_bureau_code: Annotated[
        TwoDigits | None, about("OMB bureau code", "OMB's code of the bureau within the agency.", clause="A-11 App. C")
    ] = None
    treasury_agency_code: Annotated[
        TwoDigits | None, about("Treasury agency code", "Treasury's code of the agency.", clause="A-11 App. C")
    ] = None
    cgac_code: Annotated[
        ThreeDigits | None,
        about("CGAC code", "Common Government-wide Accounting Classification.", clause="A-11 App. C"),
    ] = None
    url: Annotated[Url | None, about("Site", "The organization's own site.")] = None
    aliases: Annotated[
        tuple[Line, ...], about("Aliases", "Other names it is reported under.", table="organization_aliases")
    ] = ()
    predecessors: Annotated[
        tuple[Slug, ...],
        about(
            "Predecessors", "Organizations it came from.", references="organization", table="organization_predecessors"
        ),
    ] = ()
    valid_from: Annotated[datetime.date | None, about("Since", "First day of its being.")] = None
    valid_to: Annotated[datetime.date | None, about("Until", "Last day of its being.")] = None


class ServiceChannel(Part, frozen=True, kw_only=True):
    """One way people reach the service. A service may have two of a kind, such as two websites."""

    channel: Annotated[codes.Channel, about("Channel", "What kind of channel it is.", clause="280.5")]
    supports: Annotated[
        tuple[codes.Support, ...],
        about("Supports", "What a customer can do there.", clause="280.7", table="service_channel_supports"),
    ] = ()
    url: Annotated[Url | None, about("Address", "Where it is on the web.")] = None
    phone: Annotated[Word | None, about("Phone", "The number to call or text.")] = None
    note: Annotated[Prose | None, about("Note", "What a customer should know about it.")] = None
    languages: Annotated[
        tuple[Language, ...], about("Languages", "Languages spoken there (BCP 47).", table="service_channel_languages")
    ] = ()


class NotDigital(Part, frozen=True, kw_only=True):
    """Why a service has no digital channel, and how it could have one."""

    reason_code: Annotated[
        codes.NotDigitalReason | None, about("Kind of reason", "What keeps it from being digital.", clause="280.5")
    ] = None
    reason: Annotated[Prose | None, about("Reason", "Why there is no digital channel.", clause="280.5")] = None
    potential_ways: Annotated[
        Prose | None, about("Potential ways", "How it could be provided digitally.", clause="280.5")
    ] = None


class Occasion(Part, frozen=True, kw_only=True):
    """The situation that brings a customer to the service: the why."""

    story: Annotated[Prose | None, about("Story", "The customer's intent, told as a story.", clause="280.4")] = None
    life_event: Annotated[codes.LifeEvent | None, about("Life event", "The event behind it.", clause="280.4")] = None
    demand_explanation: Annotated[
        Prose | None, about("Demand", "How large the need is and how that is known.", clause="280.4")
    ] = None
    customer_types: Annotated[
        tuple[codes.CustomerType, ...],
        about("Customer types", "Who the customers are.", clause="280.2", table="service_customer_types"),
    ] = ()
    customer_characteristics: Annotated[
        Prose | None, about("Customer characteristics", "What is particular about them.", clause="280.4")
    ] = None


class Offering(Part, frozen=True, kw_only=True):
    """What the customer gets or gets done: the thing."""

    name: Annotated[Line | None, about("Name", "The noun: a passport, a flu shot, a loan.", clause="280.4")] = None
    offering_type: Annotated[codes.OfferingType | None, about("Type", "What kind of thing.", clause="280.4")] = None
    description: Annotated[Prose | None, about("Description", "What it is worth to the customer.", clause="280.4")] = (
        None
    )


class ServiceRole(Part, frozen=True, kw_only=True):
    """A task in delivering the service and who does it: the people."""

    role: Annotated[codes.Role, about("Role", "Who does it.", clause="280.4")]
    task: Annotated[Line | None, about("Task", "What they do.", clause="280.4")] = None
    performer: Annotated[codes.Performer | None, about("Performer", "People, a program or both.")] = None
    organization_id: Annotated[
        Slug | None, about("Organization", "Whose people they are.", references="organization")
    ] = None
    name: Annotated[Line | None, about("Organization's name", "Where it is not in the inventory.")] = None


class ServiceTool(Part, frozen=True, kw_only=True):
    """A building block of the service: the tech."""

    tool: Annotated[codes.Tool, about("Tool", "What kind of tool it is.", clause="280.4")]
    name: Annotated[Line | None, about("Name", "What it is called.")] = None
    url: Annotated[Url | None, about("Address", "Where it is on the web.")] = None


class Moment(Part, frozen=True, kw_only=True):
    """A moment that matters along the service's journey (§280.14)."""

    moment_id: Annotated[Slug, about("Moment id", "Id of the moment within the service.", key=True)]
    name: Annotated[Line, about("Name", "What happens.", clause="280.14")]
    position: Annotated[Place | None, about("Position", "Its place along the journey, from 1.")] = None


class Volume(Part, frozen=True, kw_only=True):
    """How much was done in a fiscal year. A year's figure never overwrites another's."""

    fiscal_year: Annotated[FiscalYear, about("Fiscal year", "The year, by the number it ends in.", key=True)]
    channel: Annotated[codes.Channel, about("Channel", "Through which channel.", key=True)]
    kind: Annotated[codes.VolumeKind, about("Kind", "What is counted.", key=True)]
    count: Annotated[Count, about("Count", "How many in that year.")]


class Partner(Part, frozen=True, kw_only=True):
    """An organization that takes part in the service."""

    organization_id: Annotated[
        Slug | None, about("Organization", "Its id in the inventory.", references="organization")
    ] = None
    name: Annotated[Line | None, about("Name", "Its name, where it is not in the inventory.")] = None
    part: Annotated[Line | None, about("Part played", "What it does.", clause="280.4")] = None


class Predecessor(Part, frozen=True, kw_only=True):
    """A service this one came from."""

    predecessor_id: Annotated[
        Slug, about("Predecessor", "Id of the earlier service, which may never have been public.", key=True)
    ]
    how: Annotated[codes.Succession | None, about("How", "How this one came from it.")] = None


class SourceId(Part, frozen=True, kw_only=True):
    """The id the service has in another system."""

    system: Annotated[Slug, about("System", "The other system.", key=True)]
    id: Annotated[Word, about("Id", "The id there, exactly as written.", key=True)]
    fiscal_year: Annotated[
        FiscalYear | None, about("Fiscal year", "The latest of which it told, where it tells of years.")
    ] = None


class Service(Part, frozen=True, kw_only=True):
    """A public service: the sum of the help given on the way to a public offering (§280.4, .5)."""

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
        about("Other service types", "Types that fit it too.", clause="280.4", table="service_other_types"),
    ] = ()
    occasion: Annotated[Occasion, about("Occasion", "Why people come.", clause="280.4")] = Occasion()
    offering: Annotated[Offering, about("Offering", "What they come for.", clause="280.4")] = Offering()
    roles: Annotated[
        tuple[ServiceRole, ...], about("Roles", "Who does what.", clause="280.4", table="service_roles")
    ] = ()
    tools: Annotated[
        tuple[ServiceTool, ...], about("Tools", "What it is built from.", clause="280.4", table="service_tools")
    ] = ()
    moments: Annotated[
        tuple[Moment, ...],
        about("Moments that matter", "Along its journey.", clause="280.14", table="service_moments"),
    ] = ()
    volumes: Annotated[tuple[Volume, ...], about("Volumes", "Yearly figures.", table="service_volumes")] = ()
    partners: Annotated[
        tuple[Partner, ...], about("Partners", "Who else takes part.", clause="280.4", table="service_partners")
    ] = ()
    predecessors: Annotated[
        tuple[Predecessor, ...], about("Predecessors", "Services it came from.", table="service_predecessors")
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


class AccountableOfficial(Part, frozen=True, kw_only=True):
    """The senior accountable official of a provider (§280.13)."""

    name: Annotated[Line | None, about("Name", "Who it is.", clause="280.13")] = None
    title: Annotated[Line | None, about("Title", "Their office.", clause="280.13")] = None
    email: Annotated[Email | None, about("Email", "How OMB reaches them.", private=True)] = None


class Provider(Part, frozen=True, kw_only=True):
    """A High-Impact Service Provider: an entity OMB holds to quarterly feedback (§280.13)."""

    provider_id: Annotated[Slug, about("Provider id", "Permanent id of the provider.", key=True)]
    organization_id: Annotated[
        Slug, about("Organization", "The organization it is.", clause="280.13", references="organization")
    ]
    name: Annotated[Line, about("Name", "What OMB's list calls it.", clause="280.13")]
    accountable_official: Annotated[
        AccountableOfficial, about("Accountable official", "Who answers for it.", clause="280.13")
    ] = AccountableOfficial()
    first_designated_fy: Annotated[
        FiscalYear | None, about("First designated", "Fiscal year in which OMB first listed it.", clause="280.13")
    ] = None
    reporting_starts: Annotated[
        QuarterName | None,
        about("Reporting starts", "Target quarter of a newly designated provider, as 2026-Q1.", clause="280.16"),
    ] = None
    active: Annotated[bool, about("Active", "Whether it reports.")] = True
    aliases: Annotated[
        tuple[Line, ...], about("Aliases", "Other names it is reported under.", table="provider_aliases")
    ] = ()


class Designation(Part, frozen=True, kw_only=True):
    """A service that OMB and a provider chose for a fiscal year (§280.13, .14)."""

    provider_id: Annotated[
        Slug, about("Provider", "Who reports on it.", key=True, clause="280.14", references="provider")
    ]
    service_id: Annotated[
        Slug, about("Service", "What is reported on.", key=True, clause="280.14", references="service")
    ]
    fiscal_year: Annotated[FiscalYear, about("Fiscal year", "For which year.", key=True, clause="280.14")]
    first_quarter: Annotated[
        Quarter | None, about("First quarter", "The first quarter it binds, where not the year's first.")
    ] = None
    ended_after: Annotated[
        Quarter | None, about("Ended after", "The last quarter it binds, where ended within the year.")
    ] = None
    ended_reason: Annotated[Prose | None, about("Reason for ending", "Why it ended.")] = None
    rationale: Annotated[Prose | None, about("Rationale", "Why the service was chosen.", clause="280.10")] = None
