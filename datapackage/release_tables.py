"""Which tables a release holds."""

from datapackage.beside import BESIDE
from datapackage.tables import Table, main_table, public
from inventory.fields import Part, shape
from inventory.record_types import Model


def release_tables(model: Model) -> dict[str, Table]:
    """The main tables of a release by name: one a record type, then those beside them that fit the model."""
    mains = {kind.table: public(main_table(kind.struct, kind.table, model)) for kind in model.values()}
    return mains | {name: main_table(struct, name, model) for name, struct in BESIDE.items() if _fits(struct, model)}


def _fits(struct: type[Part], model: Model) -> bool:
    return all(field.references is None or field.references in model for field in shape(struct).fields)
