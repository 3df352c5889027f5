"""The generic projection of record types to tables, at any depth.

A nested part's fields become prefixed columns. A list becomes a child table. Its key is its parent's key plus its
own key fields or, if it has none, `position` (from 1). Inherited columns come first, and an inherited `position` has
the name of the list it counts in.
"""

from collections.abc import Iterator
from functools import cache

import msgspec
from msgspec import Struct

from inventory.records.registry import Model, RecordType
from inventory.schema.fields import LARGEST, Field, Part, Shape, shape

POSITION = Field(
    name="position",
    kind="integer",
    title="Position",
    description="Place in the list, from 1.",
    required=True,
    minimum=1,
    maximum=LARGEST,
)


class Column(Struct, frozen=True):
    """A column: its name, its field, the path of its value in the item, and whether a cell may be empty.

    path: names from the item of the table; empty for inherited keys and for `position`. wide: the index in a short
    list of numbers, from 0. required: never empty. key: part of the primary key.
    """

    name: str
    field: Field
    path: tuple[str, ...] = ()
    wide: int | None = None
    required: bool = False
    key: bool = False

    @property
    def needed(self) -> str:
        """Return when a cell has to be filled in, in words: always, to publish, or no."""
        return "always" if self.required else "to publish" if self.field.needed_to_publish else "no"


class ForeignKey(Struct, frozen=True):
    """The columns that point to the key of another table."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


class Table(Struct, frozen=True, kw_only=True):
    """A table of records or of their lists.

    inherited: the number of leading columns that come from the parent. path: from the parent's item to the list.
    """

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    inherited: int = 0
    path: tuple[str, ...] = ()
    shape: Shape | None = None
    parent: str | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    children: tuple["Table", ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Return the names of the primary key's columns."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def counts_position(self) -> bool:
        """Return whether the place in the list identifies a row."""
        return len(self.columns) > self.inherited and self.columns[self.inherited].field is POSITION


def record_tables(record_type: RecordType, model: Model) -> tuple[Table, ...]:
    """Return the tables of a record type: its own, then those below it, depth first.

    Raises TypeError if names collide.
    """
    return tuple(with_children(main_table(record_type.struct, record_type.table, model)))


@cache
def _reference_targets(model: tuple[RecordType, ...]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {kind.name: (kind.table, tuple(field.name for field in kind.shape.key)) for kind in model}


def main_table(struct: type[Part], name: str, model: Model) -> Table:
    """Return the table of a top-level type, with its children."""
    targets = _reference_targets(tuple(model.values()))
    read = shape(struct)
    return _table(name, name.replace("_", " ").capitalize(), read, (), None, (), targets)


def public(table: Table) -> Table:
    """Return the table without private columns, and so without their names."""
    columns = tuple(column for column in table.columns if not column.field.private)
    return msgspec.structs.replace(table, columns=columns, children=tuple(public(child) for child in table.children))


def with_children(table: Table) -> Iterator[Table]:
    """Yield the table and all below it, depth first."""
    yield table
    for child in table.children:
        yield from with_children(child)


_Targets = dict[str, tuple[str, tuple[str, ...]]]


def _table(
    name: str,
    title: str,
    read: Shape,
    inherited: tuple[Column, ...],
    parent: ForeignKey | None,
    path: tuple[str, ...],
    targets: _Targets,
) -> Table:
    own_key = {field.name for field in read.key}
    position = () if own_key else (Column("position", POSITION, required=True, key=True),)
    own = tuple(_columns(read, own_key))
    columns = (*inherited, *position, *own) if parent else own
    _refuse_collisions(name, columns)
    return Table(
        name=name,
        title=title,
        description=read.description,
        columns=columns,
        inherited=len(inherited),
        path=path,
        shape=read,
        parent=parent.table if parent else None,
        foreign_keys=(*((parent,) if parent else ()), *_references(own, targets)),
        children=tuple(_children(name, read, columns, (), targets, path)),
    )


def _columns(read: Shape, keys: set[str], prefix: tuple[str, ...] = (), *, empty: bool = False) -> Iterator[Column]:
    for field in read.fields:
        path = (*prefix, field.name)
        name = "_".join(path)
        if field.wide:
            yield from (Column(f"{name}_{i + 1}", field, path, wide=i) for i in range(field.wide))
        elif field.many:
            continue
        elif field.part is not None:
            yield from _columns(field.part, set(), path, empty=empty or field.nullable)
        else:
            required = field.required and not empty
            yield Column(name, field, path, required=required, key=not prefix and field.name in keys)


def _references(columns: tuple[Column, ...], targets: _Targets) -> Iterator[ForeignKey]:
    for column in columns:
        if column.field.references in targets:
            table, key = targets[column.field.references]
            yield ForeignKey((column.name,), table, key)


def _children(
    table: str,
    read: Shape,
    columns: tuple[Column, ...],
    prefix: tuple[str, ...],
    targets: _Targets,
    path: tuple[str, ...],
) -> Iterator[Table]:
    for field in read.fields:
        if field.many and not field.wide:
            yield _child(table, field, (*prefix, field.name), columns, targets, path)
        elif field.part is not None and not field.many:
            yield from _children(table, field.part, columns, (*prefix, field.name), targets, path)


def _child(
    table: str,
    field: Field,
    path: tuple[str, ...],
    columns: tuple[Column, ...],
    targets: _Targets,
    above: tuple[str, ...],
) -> Table:
    assert field.table is not None
    key = tuple(column for column in columns if column.key)
    inherited = tuple(Column(_inherited_name(c, above), c.field, required=True, key=True) for c in key)
    parent = ForeignKey(tuple(c.name for c in inherited), table, tuple(c.name for c in key))
    if field.part is not None:
        return _table(field.table, field.title, field.part, inherited, parent, path, targets)
    value = Column(field.name, field, required=True)
    all_columns = (*inherited, Column("position", POSITION, required=True, key=True), value)
    _refuse_collisions(field.table, all_columns)
    return Table(
        name=field.table,
        title=field.title,
        description=field.description,
        columns=all_columns,
        inherited=len(inherited),
        path=path,
        parent=table,
        foreign_keys=(parent, *_references((value,), targets)),
    )


def _inherited_name(column: Column, above: tuple[str, ...]) -> str:
    return f"{'_'.join(above)}_position" if column.field is POSITION and column.name == "position" else column.name


def _refuse_collisions(table: str, columns: tuple[Column, ...]) -> None:
    names = [column.name.lower() for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TypeError(f"table {table}: two columns would be named {', '.join(twice)}")
