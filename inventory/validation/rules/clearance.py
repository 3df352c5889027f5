"""Rules of the Paperwork Reduction Act: OMB clearances of surveys and feedback (§280.11)."""

import datetime
import re
from collections.abc import Iterator

import msgspec

from inventory.problems import ERROR, WARNING
from inventory.records import Feedback, FeedbackCollection, Instrument
from inventory.validation.rules.rule import Breach, Context, rule

CONTROL_NUMBER = re.compile(r"[0-9]{4}-[0-9]{4}")
BURIED_NUMBER = re.compile(r"(?<![0-9])([0-9]{4})\s?[-\u2010-\u2015]?\s?([0-9]{4})(?![0-9])")
AS_ON_CLEARANCE = "four digits, a hyphen and four digits, as on the clearance"


@rule(
    "control-number-invalid",
    of=(Instrument, Feedback),
    severity=ERROR,
    clause="280.11",
    each=("collections",),
    reads=("omb_control_number", "collections.omb_control_number"),
)
def control_number_invalid(record: Instrument | Feedback, context: Context) -> Iterator[Breach]:
    """An OMB control number is four digits, a hyphen and four digits."""
    for pointer, part in _asking(record):
        number = part.omb_control_number
        if number is not None and not CONTROL_NUMBER.fullmatch(number):
            found = BURIED_NUMBER.search(number)
            is_words = not any(map(str.isdigit, number))
            message = f"“{number}” is no number; leave it out where there is none" if is_words else ""
            expected = f"{found[1]}-{found[2]}" if found else AS_ON_CLEARANCE
            yield Breach(f"{pointer}/omb_control_number", value=number, message=message, expected=expected)


@rule(
    "control-number-missing",
    of=(Instrument, Feedback),
    severity=WARNING,
    clause="280.11",
    each=("collections",),
    reads=("omb_control_number", "exemption", "collections.instrument_id", "collections.omb_control_number"),
)
def control_number_missing(record: Instrument | Feedback, context: Context) -> Iterator[Breach]:
    """A survey has an OMB control number, or says why it needs none."""
    for pointer, part in _asking(record):
        if part.omb_control_number is not None:
            continue
        if isinstance(part, Instrument):
            if part.exemption is None:
                yield Breach(f"{pointer}/omb_control_number", expected=f"{AS_ON_CLEARANCE}, or an exemption")
        elif part.instrument_id is None:
            expected = f"{AS_ON_CLEARANCE}, or the survey on record by its instrument_id, which may state an exemption"
            yield Breach(f"{pointer}/omb_control_number", expected=expected)
        else:
            known = context.read("instrument", part.instrument_id)
            if known is not None and not (known.get("omb_control_number") or known.get("exemption")):
                message = f"The survey {part.instrument_id} has neither an OMB control number nor an exemption"
                expected = f"an omb_control_number or an exemption of instrument/{part.instrument_id}"
                yield Breach(f"{pointer}/instrument_id", value=part.instrument_id, message=message, expected=expected)


@rule(
    "clearance-unclear",
    of=Instrument,
    severity=WARNING,
    clause="280.11",
    reads=("omb_control_number", "expires_on", "exemption"),
)
def clearance_unclear(instrument: Instrument, context: Context) -> Iterator[Breach]:
    """A control number and the day its clearance ends go together, and neither goes with an exemption."""
    number, ends = instrument.omb_control_number, instrument.expires_on
    if number is not None and instrument.exemption is not None:
        message = "The survey has an OMB control number and an exemption from having one"
        yield Breach("/exemption", value=instrument.exemption, message=message, expected="one of the two")
    if number is not None and ends is None:
        yield Breach("/expires_on", message="The day is missing on which the clearance ends", expected="as YYYY-MM-DD")
    if number is None and ends is not None:
        message = "A clearance ends, but its OMB control number is missing"
        yield Breach("/omb_control_number", message=message, expected=AS_ON_CLEARANCE)


@rule(
    "clearance-expired",
    of=(Instrument, Feedback),
    severity=ERROR,
    clause="280.11",
    each=("collections",),
    reads=("expires_on", "collections.instrument_id", "collections.collected_to"),
)
def clearance_expired(record: Instrument | Feedback, context: Context) -> Iterator[Breach]:
    """Feedback is collected under a clearance that has not expired."""
    if isinstance(record, Instrument):
        ended = record.expires_on
        if ended is not None and ended < context.today:
            message = f"The clearance ended on {ended}: nothing may be collected under it any longer"
            expected = f"the renewed clearance's day, {context.today} or later; or end the survey"
            # A stored survey must stay loadable, so this is not an error.
            yield Breach("/expires_on", value=str(ended), message=message, expected=expected, severity=WARNING)
        return
    for index, collection in enumerate(record.collections):
        ended, last = _ended(collection, context), collection.collected_to
        if ended is not None and last is not None and last > ended:
            message = f"It was collected until {last}; the clearance of {collection.instrument_id} ended on {ended}"
            expected = f"{ended} or earlier, or the day on which the renewed clearance ends, in the survey"
            yield Breach(f"/collections/{index}/collected_to", value=str(last), message=message, expected=expected)


def _asking(record: Instrument | Feedback) -> Iterator[tuple[str, Instrument | FeedbackCollection]]:
    """Yield the parts that collect under a control number, with pointers: the survey itself, or each collection."""
    if isinstance(record, Instrument):
        yield "", record
    else:
        yield from ((f"/collections/{index}", collection) for index, collection in enumerate(record.collections))


def _ended(collection: FeedbackCollection, context: Context) -> datetime.date | None:
    """Return the day on which the clearance of a collection's survey ends, if stored."""
    known = context.read("instrument", collection.instrument_id) if collection.instrument_id is not None else None
    try:
        return msgspec.convert((known or {}).get("expires_on"), datetime.date | None)
    except msgspec.ValidationError:
        return None  # The survey's own check reports it.
