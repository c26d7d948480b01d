"""A workbook's rows held against the records: what a person is shown of it, and the rows that would be written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from lewisham_ta.dates import last_day
from lewisham_ta.imports.cells import ref_key, said
from lewisham_ta.imports.preview import Change, Item, Plan, State
from lewisham_ta.imports.table import Doubtful, Found, Row
from lewisham_ta.templatetags import ta


class Stored(NamedTuple):
    """A row of the database. `ref` is how it is written there."""

    pk: int
    ref: str
    values: dict[str, Any]


class Update(NamedTuple):
    """The values that a row of the database is to have."""

    pk: int
    values: dict[str, Any]


class Field(NamedTuple):
    """A column of the workbook and of the records. `keeps`: a blank cell says nothing and the record stays.
    `is_ref`: the loss of leading zeros is no change, and the record keeps the longer spelling.
    """

    name: str
    column: str
    say: Callable[[Any], str] = str
    keeps: bool = False
    blank: Any = ""
    is_ref: bool = False

    def of(self, row: Row) -> Any:
        value = row.get(self.column)
        return self.blank if value is None and self.keeps else value

    def words(self, value: Any) -> str:
        return "" if value is None or value == "" else self.say(value)


def say_day(value: date | None) -> str:
    return ta.day(value) if value else ""


def say_last_day(value: date | None) -> str:
    return say_day(last_day(value))


def say_yes_no(value: bool | None) -> str:
    return "" if value is None else "Y" if value else "N"


def say_label(choices: Any) -> Callable[[str], str]:
    return lambda value: str(dict(choices.choices)[value])


def key_of(row: Row, column: str) -> str:
    """The key of a reference, empty where it is blank or wrong."""
    value = row.get(column)
    return ref_key(value) if value else ""


@dataclass(slots=True)
class Comparison:
    """Filled record by record. `new` and `changed` are the rows to write, by kind."""

    plan: Plan
    new: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    changed: dict[str, list[Update]] = field(default_factory=dict)

    def doubt(self, found: Found, row: Row, column: str, reason: str) -> None:
        self.plan.doubtful.append(Doubtful(found.sheet, row.number, column, said(row.cells.get(column)), reason))

    def differences(
        self, found: Found, row: Row, fields: Sequence[Field], values: Mapping[str, Any], stored: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Change]]:
        """The values that a record would have, and how they differ from those it has."""
        merged, changes = dict(stored), []
        for one in fields:
            now, was = values[one.name], stored[one.name]
            if now == was or (one.is_ref and now and ref_key(str(now)) == ref_key(str(was))):
                continue
            if one.keeps and now == one.blank:
                if one.column in found.columns:
                    self.doubt(found, row, one.column, f"blank here: the record keeps {one.say(was)}")
                continue
            merged[one.name] = now
            changes.append(Change(one.column, one.words(was), one.words(now)))
        return merged, changes

    def add_new(self, what: str, ref: str, values: dict[str, Any], words: str = "") -> None:
        self.new.setdefault(what, []).append(values)
        self.plan.items.append(Item(what, ref, State.NEW, words))

    def add_known(
        self,
        what: str,
        ref: str,
        pk: int,
        values: dict[str, Any],
        changes: Sequence[Change],
        others: Sequence[Change] = (),
    ) -> None:
        """A record that is there already. `others` are changes that are written to other rows than its own."""
        if changes:
            self.changed.setdefault(what, []).append(Update(pk, values))
        if changes or others:
            self.plan.items.append(Item(what, ref, State.CHANGED, changes=(*changes, *others)))
        else:
            self.plan.unchanged[what] += 1

    def add_gone(self, what: str, ref: str, words: str = "") -> None:
        self.plan.items.append(Item(what, ref, State.GONE, words))
