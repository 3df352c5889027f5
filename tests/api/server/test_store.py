"""What the settings make of the inventory."""

from api.server.settings import Settings
from api.server.store import model_of
from inventory.records.documents import parts
from inventory.records.registry import FEEDBACK, INVENTORY
from tests.support.builders import a_collection, a_feedback, a_measure


def test_the_settings_say_how_few_answers_are_withheld() -> None:
    document = a_feedback(collections=[a_collection(respondents=50, measures=[a_measure("ease", [0, 0, 0, 5, 10])])])
    shown = {
        below: parts(model_of(Settings(withhold_below=below))["feedback"], document)[0]["collections"][0]["measures"][0]
        for below in (10, 16)
    }
    assert "counts" in shown[10] and "counts" not in shown[16]


def test_the_model_is_the_inventorys_in_its_order() -> None:
    assert list(model_of(Settings())) == list(INVENTORY)
    assert model_of(Settings())["feedback"].actions is FEEDBACK.actions
