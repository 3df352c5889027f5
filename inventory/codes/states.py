"""Codes for the state a record is in."""

from inventory.codes.code import Code, code_list

OURS = "Public Services Inventory"


@code_list("service_state", source=OURS)
class ServiceState(Code):
    """Where a service stands between its owner's desk and the public."""

    DRAFT = "draft", "Draft", "Being written by its owner."
    PUBLISHED = "published", "Published", "Made public by its owner."
    RETIRED = "retired", "Retired", "Public, but no longer offered."
    WITHDRAWN = "withdrawn", "Withdrawn", "Removed from public view by OMB."


@code_list("organization_state", source=OURS)
class OrganizationState(Code):
    """Whether an organization is confirmed and still exists."""

    PROPOSED = "proposed", "Proposed", "Named in loaded data and not yet confirmed."
    CURRENT = "current", "Current", "Confirmed and in existence."
    ENDED = "ended", "Ended", "No longer in existence."


@code_list("provider_state", source=OURS)
class ProviderState(Code):
    """Whether a High-Impact Service Provider is on OMB's list."""

    CURRENT = "current", "Current", "On the list."
    ENDED = "ended", "Ended", "No longer on the list."


@code_list("designation_state", source=OURS)
class DesignationState(Code):
    """Whether a designation is in force."""

    PROPOSED = "proposed", "Proposed", "Proposed by the provider; not public until OMB designates."
    CURRENT = "current", "Current", "Designated by OMB."
    ENDED = "ended", "Ended", "Ended by OMB."


@code_list("instrument_state", source=OURS)
class InstrumentState(Code):
    """Whether a survey instrument is in use."""

    PROPOSED = "proposed", "Proposed", "Has errors; not public until they are mended."
    CURRENT = "current", "Current", "In use."
    ENDED = "ended", "Ended", "No longer in use."


@code_list("due_date_state", source=OURS)
class DueDateState(Code):
    """Whether a date that OMB set holds."""

    CURRENT = "current", "Current", "It holds."
    ENDED = "ended", "Ended", "The rule's own date holds again."


@code_list("feedback_state", source=OURS)
class FeedbackState(Code):
    """Where a quarter of feedback stands between the provider and the public."""

    DRAFT = "draft", "Draft", "Being prepared by the provider."
    SUBMITTED = "submitted", "Submitted", "Certified and sent to OMB."
    RETURNED = "returned", "Returned", "Sent back by OMB with reasons."
    ACCEPTED = "accepted", "Accepted", "Accepted by OMB, not yet public."
    PUBLISHED = "published", "Published", "Made public by OMB."
    WITHDRAWN = "withdrawn", "Withdrawn", "Removed from public view by OMB."
