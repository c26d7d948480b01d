"""What loading a workbook would do: shown to a person first, and compared again before it is done."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from lewisham_ta.imports.table import Doubtful, Wrong
from lewisham_ta.imports.workbook import Sheet


class State(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a record as it is and as it would be, in words."""

    field: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Item:
    """One record that would be added or changed, or that the workbook does not have."""

    what: str
    ref: str
    state: State
    words: str = ""
    changes: Sequence[Change] = ()

    def __str__(self) -> str:
        said = "; ".join(
            f"{change.field}: {change.was or 'blank'} → {change.now or 'blank'}" for change in self.changes
        )
        return "  ".join(filter(None, [self.state, f"{self.what} {self.ref}", self.words, said]))


@dataclass(slots=True)
class Plan:
    """What was understood of a workbook. `work` is what the kind of import needs to do it, and is never stored.

    `marks_gone`: that the workbook does not have a record is written on it, too.
    """

    items: list[Item] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    work: Any = None
    marks_gone: bool = False

    @property
    def counts(self) -> list[dict[str, Any]]:
        """How many records of each kind are new, changed, gone and unchanged, in the order in which they were read."""
        found: dict[str, Counter[str]] = {what: Counter({State.UNCHANGED: n}) for what, n in self.unchanged.items()}
        for item in self.items:
            found.setdefault(item.what, Counter())[item.state] += 1
        return [{"what": what} | {state.value: states[state] for state in State} for what, states in found.items()]

    @property
    def writes(self) -> int:
        """How many records would be added, changed or marked as gone."""
        written = {State.NEW, State.CHANGED} | ({State.GONE} if self.marks_gone else set())
        return sum(item.state in written for item in self.items)

    @property
    def summary(self) -> str:
        """The figures in one sentence."""
        if self.wrong:
            return f"{_count(len(self.wrong), 'cell')} wrong: nothing can be loaded until the workbook is mended."
        states = Counter(item.state for item in self.items)
        said = [f"{states[state]:,} {state}" for state in (State.NEW, State.CHANGED)] if self.writes else []
        said += [f"{self.unchanged.total():,} unchanged"]
        said += [f"{states[State.GONE]:,} not in the workbook"] if states[State.GONE] else []
        said += [f"{len(self.doubtful):,} doubtful"] if self.doubtful else []
        return ("Nothing would change: " if not self.writes else "") + ", ".join(said) + "."

    def as_json(self) -> dict[str, Any]:
        return {
            "items": [
                {
                    "what": item.what,
                    "ref": item.ref,
                    "state": item.state,
                    "words": item.words,
                    "changes": [{"field": one.field, "was": one.was, "now": one.now} for one in item.changes],
                }
                for item in self.items
            ],
            "wrong": [asdict(cell) for cell in self.wrong],
            "doubtful": [asdict(cell) for cell in self.doubtful],
            "notes": self.notes,
        }

    @property
    def fingerprint(self) -> str:
        """Differs whenever the same workbook would do something else, because the records changed meanwhile."""
        digest = hashlib.sha256()
        for said in (*self.items, *self.wrong, *self.doubtful, *self.notes, sorted(self.unchanged.items())):
            digest.update(f"{said}\n".encode())
        return digest.hexdigest()


class Importer:
    """One kind of workbook that can be loaded. Subclasses are named in settings.IMPORTERS."""

    name = ""  # in addresses and in the database
    label = ""  # what people call the workbook
    noun = ""  # in a sentence: "the PSL register"
    hint = ""  # what the workbook must look like
    gone_words = "Records that are not in the workbook stay as they are."
    permission = ""
    locks: Sequence[str] = ()  # held from the last comparison until everything is written

    def plan(self, sheets: Sequence[Sheet]) -> Plan:
        """What loading these sheets would do to the records as they are now. Writes nothing."""
        raise NotImplementedError

    def apply(self, plan: Plan, **context: Any) -> None:
        """Do what a plan made a moment ago, in this transaction, says. `context` is by, now and progress."""
        raise NotImplementedError


def wrong_lines(wrong: Iterable[Wrong | Doubtful]) -> Iterable[str]:
    """Sheet, row, column, value and reason of each wrong cell, separated by tabs."""
    for cell in wrong:
        values = (cell.sheet, str(cell.row or ""), cell.column, cell.value, cell.reason)
        yield "\t".join(" ".join(value.split()) for value in values)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun} is" if number == 1 else f"{number:,} {noun}s are"
