"""The inventory's records: organizations, services, providers and designations (§280.4, .5, .13, .14)."""

from inventory.records.organization import Organization
from inventory.records.provider import AccountableOfficial, Designation, Provider
from inventory.records.service import (
    Moment,
    NotDigital,
    Occasion,
    Offering,
    Partner,
    Predecessor,
    Service,
    ServiceChannel,
    ServiceRole,
    ServiceTool,
    SourceId,
    Volume,
)

__all__ = [
    "AccountableOfficial",
    "Designation",
    "Moment",
    "NotDigital",
    "Occasion",
    "Offering",
    "Organization",
    "Partner",
    "Predecessor",
    "Provider",
    "Service",
    "ServiceChannel",
    "ServiceRole",
    "ServiceTool",
    "SourceId",
    "Volume",
]
