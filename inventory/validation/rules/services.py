"""Rules of a service's entry in the inventory (§280.4 to .7)."""

from collections.abc import Iterator

from inventory.calendar.fiscal import year_before
from inventory.codes import Support
from inventory.problems import ERROR, WARNING
from inventory.records import NotDigital, Occasion, Offering, Service
from inventory.validation.rules.rule import Breach, Context, rule


@rule("channels-missing", of=Service, severity=ERROR, clause="280.5", reads=("channels",))
def channels_missing(service: Service, context: Context) -> Iterator[Breach]:
    """A service lists at least one channel through which people reach it."""
    if not service.channels:
        yield Breach("/channels", expected="at least one channel")


@rule(
    "not-digital-unexplained",
    of=Service,
    severity=ERROR,
    clause="280.5",
    reads=("channels.channel", "not_digital.reason", "not_digital.potential_ways"),
)
def not_digital_unexplained(service: Service, context: Context) -> Iterator[Breach]:
    """A service without a digital channel says why, and how it could have one."""
    if not service.channels or _is_digital(service):
        return
    if service.not_digital.reason is None:
        yield Breach("/not_digital/reason", expected="why there is no digital channel")
    if service.not_digital.potential_ways is None:
        expected = "how it could be provided digitally"
        yield Breach("/not_digital/potential_ways", expected=expected)


@rule(
    "not-digital-contradicted",
    of=Service,
    severity=WARNING,
    clause="280.5",
    each=("channels",),
    reads=("channels.channel", "not_digital"),
)
def not_digital_contradicted(service: Service, context: Context) -> Iterator[Breach]:
    """A service with a digital channel does not explain why it has none."""
    if _is_digital(service) and service.not_digital != NotDigital():
        yield Breach("/not_digital", expected="no explanation, or no digital channel")


@rule(
    "digital-information-only",
    of=Service,
    severity=WARNING,
    clause="280.7",
    reads=("channels.channel", "channels.supports"),
)
def digital_information_only(service: Service, context: Context) -> Iterator[Breach]:
    """A digital channel that only informs does not yet provide the service."""
    digital = [channel for channel in service.channels if channel.channel.is_digital]
    if digital and all(channel.supports == (Support.INFORMATION,) for channel in digital):
        yield Breach("/channels", expected="a digital channel that does more than inform, such as apply or complete")


@rule("no-traditional-channel", of=Service, severity=WARNING, clause="280.6", reads=("channels.channel",))
def no_traditional_channel(service: Service, context: Context) -> Iterator[Breach]:
    """People who do not use digital channels need a traditional one."""
    if service.channels and all(channel.channel.is_digital for channel in service.channels):
        yield Breach("/channels", expected="a traditional channel, such as phone or postal mail")


@rule("review-overdue", of=Service, severity=WARNING, clause="280.7", reads=("reviewed_on",))
def review_overdue(service: Service, context: Context) -> Iterator[Breach]:
    """An agency reviews each service at least once every twelve months."""
    oldest = year_before(context.today)
    if service.reviewed_on is None or service.reviewed_on < oldest:
        value = service.reviewed_on.isoformat() if service.reviewed_on else None
        yield Breach("/reviewed_on", value=value, expected=f"a date on or after {oldest}")


@rule("type-missing", of=Service, severity=WARNING, clause="280.4", reads=("service_type",))
def type_missing(service: Service, context: Context) -> Iterator[Breach]:
    """Most services fit one of the circular's seven types."""
    if service.service_type is None:
        yield Breach("/service_type")


@rule("occasion-missing", of=Service, severity=WARNING, clause="280.4", reads=("occasion",))
def occasion_missing(service: Service, context: Context) -> Iterator[Breach]:
    """An entry says on what occasion people need the service."""
    if service.occasion == Occasion():
        yield Breach("/occasion")


@rule("offering-missing", of=Service, severity=WARNING, clause="280.4", reads=("offering",))
def offering_missing(service: Service, context: Context) -> Iterator[Breach]:
    """An entry says what people get from the service."""
    if service.offering == Offering():
        yield Breach("/offering")


@rule("roles-missing", of=Service, severity=WARNING, clause="280.4", reads=("roles",))
def roles_missing(service: Service, context: Context) -> Iterator[Breach]:
    """An entry says who delivers the service."""
    if not service.roles:
        yield Breach("/roles")


@rule("tools-missing", of=Service, severity=WARNING, clause="280.4", reads=("tools",))
def tools_missing(service: Service, context: Context) -> Iterator[Breach]:
    """An entry says which tools the service is built from."""
    if not service.tools:
        yield Breach("/tools")


def _is_digital(service: Service) -> bool:
    return any(channel.channel.is_digital for channel in service.channels)
