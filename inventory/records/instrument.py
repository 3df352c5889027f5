"""Survey instruments: what customers are asked, when and where (§280.10, .11)."""

import datetime
from typing import Annotated

from inventory.codes import Channel, Measure, MeasurementPoint, QuestionKind, Scale
from inventory.schema.fields import Part, about
from inventory.schema.scalars import Count, Line, Place, Prose, Slug, Word


class QuestionOption(Part, frozen=True, kw_only=True):
    """A choice that a question offers, and the driver that it stands for."""

    label: Annotated[Line, about("Label", "What the customer reads.")]
    measure: Annotated[
        Measure | None, about("Measure", "The driver it stands for; none where it is another choice.", clause="280.10")
    ] = None


class Question(Part, frozen=True, kw_only=True):
    """A question of a survey."""

    number: Annotated[Place, about("Number", "Its place in the survey, from 1.", key=True)]
    kind: Annotated[QuestionKind, about("Kind", "What it is for.", clause="280.10")]
    statement: Annotated[Prose, about("Statement", "The wording the customer reads.", clause="280.10")]
    measure: Annotated[Measure | None, about("Measure", "What a rating measures.", clause="280.10")] = None
    scale: Annotated[Scale | None, about("Scale", "The points of a rating.", clause="280.10")] = None
    follows: Annotated[
        Place | None, about("Follows", "The number of the rating that a tapping or choice explains.", clause="280.10")
    ] = None
    required: Annotated[bool, about("Required", "Whether it has to be answered.", clause="280.10")] = False
    options: Annotated[
        tuple[QuestionOption, ...],
        about("Options", "What can be chosen, in order.", clause="280.10", table="instrument_options"),
    ] = ()


class Instrument(Part, frozen=True, kw_only=True):
    """A survey instrument: the questions by which a provider gathers feedback on a service (§280.10)."""

    instrument_id: Annotated[Slug, about("Instrument id", "Permanent id of the survey.", key=True)]
    provider_id: Annotated[Slug, about("Provider", "The provider that asks.", references="provider")]
    service_id: Annotated[Slug, about("Service", "The service it asks about.", references="service")]
    title: Annotated[Line, about("Title", "What the survey is called.")]
    measurement_point: Annotated[
        MeasurementPoint | None,
        about("Measurement point", "When it is asked.", clause="280.10", needed_to_publish=True),
    ] = None
    channel: Annotated[Channel | None, about("Channel", "The channel through which it is asked.")] = None
    hours_after: Annotated[
        Count | None, about("Hours after", "Hours between the transaction and the survey, at most.", clause="280.10")
    ] = None
    minutes: Annotated[
        Count | None,
        about("Minutes", "Minutes it takes to answer, as estimated.", clause="280.10", needed_to_publish=True),
    ] = None
    omb_control_number: Annotated[
        Word | None, about("OMB control number", "Of its clearance: four digits, hyphen, four.", clause="280.11")
    ] = None
    expires_on: Annotated[
        datetime.date | None, about("Expires on", "The day after which the clearance is void.", clause="280.11")
    ] = None
    exemption: Annotated[
        Prose | None, about("Exemption", "Why it needs no clearance, if it needs none.", clause="280.11")
    ] = None
    omb_approval: Annotated[
        Line | None,
        about("OMB approval", "OMB's agreement to other wording or iconography, as a reference.", clause="280.10"),
    ] = None
    questions: Annotated[
        tuple[Question, ...],
        about(
            "Questions",
            "What is asked, in order.",
            clause="280.10",
            table="instrument_questions",
            needed_to_publish=True,
        ),
    ] = ()
