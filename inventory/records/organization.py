"""Organizations: who provides services (§280.5)."""

import datetime
from typing import Annotated

from inventory import codes
from inventory.schema.fields import Part, about
from inventory.schema.scalars import Line, Slug, ThreeDigits, TwoDigits, Url, Word


class Organization(Part, frozen=True, kw_only=True):
    """A department, agency, bureau or office that provides services or contains others that do."""

    organization_id: Annotated[Slug, about("Organization id", "Permanent id of the organization.", key=True)]
    name: Annotated[Line, about("Name", "Official name.")]
    abbreviation: Annotated[Word | None, about("Abbreviation", "The short form people know it by.")] = None
    parent_id: Annotated[Slug | None, about("Parent", "The organization it belongs to.", references="organization")] = (
        None
    )
    kind: Annotated[
        codes.OrganizationKind | None, about("Kind", "Its place in government, such as department or bureau.")
    ] = None
    omb_agency_code: Annotated[
        ThreeDigits | None,
        about("OMB agency code", "OMB's code for the agency, with leading zeros.", clause="A-11 App. C"),
    ] = None
    omb_bureau_code: Annotated[
        TwoDigits | None, about("OMB bureau code", "OMB's code for the bureau within the agency.", clause="A-11 App. C")
    ] = None
    treasury_agency_code: Annotated[
        TwoDigits | None, about("Treasury agency code", "Treasury's code for the agency.", clause="A-11 App. C")
    ] = None
    cgac_code: Annotated[
        ThreeDigits | None,
        about("CGAC code", "Its code in the Common Government-wide Accounting Classification.", clause="A-11 App. C"),
    ] = None
    url: Annotated[Url | None, about("Website", "The organization's own website.")] = None
    aliases: Annotated[
        tuple[Line, ...], about("Aliases", "Other names it is reported under.", table="organization_aliases")
    ] = ()
    predecessors: Annotated[
        tuple[Slug, ...],
        about(
            "Predecessors",
            "Earlier organizations that it came from.",
            references="organization",
            table="organization_predecessors",
        ),
    ] = ()
    valid_from: Annotated[datetime.date | None, about("Valid from", "First day on which the organization existed.")] = (
        None
    )
    valid_to: Annotated[datetime.date | None, about("Valid to", "Last day on which the organization existed.")] = None
