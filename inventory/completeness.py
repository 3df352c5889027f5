"""How much of the circular's service model an entry answers."""

from inventory.records import Occasion, Offering, Service


def completeness(service: Service) -> int:
    """Percent of the circular's five questions answered: occasion, offering, channels, roles, tools (§280.4)."""
    answered = (
        service.occasion != Occasion(),
        service.offering != Offering(),
        bool(service.channels),
        bool(service.roles),
        bool(service.tools),
    )
    return 100 * sum(answered) // len(answered)
