"""Which tables a release holds."""

from datapackage.beside import beside
from datapackage.tables import Table, main_table, public
from inventory.records.registry import Model


def release_tables(model: Model) -> dict[str, Table]:
    """The main tables of a release by name: one a record type, then those beside them that fit the model."""
    mains = {kind.table: public(main_table(kind.struct, kind.table, model)) for kind in model.values()}
    return mains | {table.name: main_table(table.struct, table.name, model) for table in beside(model)}
