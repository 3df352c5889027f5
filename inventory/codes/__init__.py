"""Code lists: every code with its label, definition and source, written once."""

from inventory.codes.code import CODE_LISTS, Code, code_list
from inventory.codes.service import (
    Channel,
    CustomerType,
    LifeEvent,
    NotDigitalReason,
    OfferingType,
    OrganizationKind,
    Performer,
    Role,
    ServiceType,
    Succession,
    Support,
    Tool,
    VolumeKind,
)
from inventory.codes.states import (
    DesignationState,
    FeedbackState,
    InstrumentState,
    OrganizationState,
    ProviderState,
    ServiceState,
)

__all__ = [
    "CODE_LISTS",
    "Channel",
    "Code",
    "CustomerType",
    "DesignationState",
    "FeedbackState",
    "InstrumentState",
    "LifeEvent",
    "NotDigitalReason",
    "OfferingType",
    "OrganizationKind",
    "OrganizationState",
    "Performer",
    "ProviderState",
    "Role",
    "ServiceState",
    "ServiceType",
    "Succession",
    "Support",
    "Tool",
    "VolumeKind",
    "code_list",
]
