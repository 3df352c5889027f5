"""High-Impact Service Providers, and the services that they report on (§280.13, .14)."""

from typing import Annotated

from inventory.schema.fields import Part, about
from inventory.schema.scalars import Email, FiscalYear, Line, Prose, Quarter, QuarterName, Slug


class AccountableOfficial(Part, frozen=True, kw_only=True):
    """The senior accountable official of a provider (§280.13)."""

    name: Annotated[Line | None, about("Name", "The official's name.", clause="280.13")] = None
    title: Annotated[Line | None, about("Title", "The office they hold.", clause="280.13")] = None
    email: Annotated[Email | None, about("Email", "How OMB reaches them.", private=True)] = None


class Provider(Part, frozen=True, kw_only=True):
    """A High-Impact Service Provider: an entity that reports feedback to OMB every quarter (§280.13)."""

    provider_id: Annotated[Slug, about("Provider id", "Permanent id of the provider.", key=True)]
    organization_id: Annotated[
        Slug,
        about("Organization", "The organization that is the provider.", clause="280.13", references="organization"),
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
        about(
            "Reporting starts",
            "The first quarter that a newly designated provider reports, such as 2026-Q1.",
            clause="280.16",
        ),
    ] = None
    active: Annotated[bool, about("Active", "Whether it reports at present.")] = True
    aliases: Annotated[
        tuple[Line, ...], about("Aliases", "Other names it is reported under.", table="provider_aliases")
    ] = ()


class Designation(Part, frozen=True, kw_only=True):
    """A service that OMB and a provider chose for a fiscal year (§280.13, .14)."""

    provider_id: Annotated[
        Slug,
        about(
            "Provider", "The provider that reports on the service.", key=True, clause="280.14", references="provider"
        ),
    ]
    service_id: Annotated[
        Slug, about("Service", "The service that is reported on.", key=True, clause="280.14", references="service")
    ]
    fiscal_year: Annotated[FiscalYear, about("Fiscal year", "The fiscal year it is for.", key=True, clause="280.14")]
    first_quarter: Annotated[
        Quarter | None, about("First quarter", "The first quarter it covers, if that is not the first of the year.")
    ] = None
    ended_after: Annotated[
        Quarter | None, about("Ended after", "The last quarter it covers, if it ended within the year.")
    ] = None
    ended_reason: Annotated[Prose | None, about("Reason for ending", "Why it ended.")] = None
    rationale: Annotated[Prose | None, about("Rationale", "Why the service was chosen.", clause="280.10")] = None
