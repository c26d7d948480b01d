"""What happened to a record, read from the history that the database writes: who, when, what, from, to, why."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import BinaryField, Field, ForeignKey, JSONField, Model

from lewisham_ta.models import User
from lewisham_ta.templatetags import ta

# Who and when stand in columns of their own; a version counts changes and says nothing.
LEFT_OUT = frozenset({"id", "set_by", "set_at", "version"})
A_MOMENT = timedelta(minutes=1)  # a service is given its time a little before the row is written
MASKED = frozenset({"sort_code", "account_number"})

Labels = Callable[[Collection[int]], Mapping[int, str]]
_labels: dict[type[Model], Labels] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One changed field, or a whole row that was added or taken away. `who` is empty when nobody is known."""

    at: datetime
    who: str
    what: str
    was: str
    now: str
    why: str

    @property
    def act(self) -> tuple[datetime, str, str]:
        """What one person did at one time for one reason, whatever it changed, is read as one act."""
        return self.at, self.who, self.why


@dataclass(frozen=True, slots=True)
class _Change:
    """An event of a row beside the one before it, still as stored."""

    model: type[Model]
    fields: "list[Field[Any, Any]]"
    event: Any
    before: Any | None


def register_labels(model: type[Model], labels: Labels) -> None:
    """Say how rows of `model` are named where another row points to them, if not by their own `str`."""
    _labels[model] = labels


def labels_of(model: type[Model], pks: Collection[int]) -> Mapping[int, str]:
    """The names of rows that are pointed to, in one query; rows that are gone have none."""
    if not pks:
        return {}
    if labels := _labels.get(model):
        return labels(pks)
    return {pk: str(row) for pk, row in model._default_manager.in_bulk(pks).items()}


def history_of(
    *objects: Model,
    children: Sequence[tuple[type[Model], str]] = (),
    masked: Collection[str] = MASKED,
    left_out: Collection[str] = LEFT_OUT,
    limit: int = 200,
) -> list[Entry]:
    """The latest changes of the objects and of the rows that point to them, newest first.

    `children` are pairs of a model and the name of its key to one of the objects: `(LeaseRent, "lease")`. Pass
    `masked=()` only to people who may see whole account numbers.
    """
    changes: list[_Change] = []
    for model in dict.fromkeys(type(row) for row in objects):
        pks = [row.pk for row in objects if type(row) is model]
        changes += _changes(model, {"pgh_obj_id__in": pks}, left_out)
    for model, key in children:
        parent: Any = model._meta.get_field(key).related_model
        pks = [row.pk for row in objects if isinstance(row, parent)]
        changes += _changes(model, {f"{key}__in": pks}, {*left_out, key})
    changes.sort(key=lambda change: (change.event.pgh_created_at, change.event.pgh_id), reverse=True)
    del changes[limit:]
    words = _Words(changes, masked)
    entries = [entry for change in changes for entry in words.entries(change)][:limit]
    # Of one moment the rows of different tables have no order: an act stays together where it was met first.
    met: dict[tuple[datetime, str, str], int] = {}
    return sorted(entries, key=lambda entry: met.setdefault(entry.act, len(met)))


def _changes(model: type[Model], which: dict[str, Any], left_out: Collection[str]) -> list[_Change]:
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.name not in left_out and not isinstance(field, BinaryField | JSONField)
    ]
    tracked = {field.name for field in model.pgh_event_model._meta.concrete_fields}  # type: ignore[attr-defined]
    fields = [field for field in fields if field.name in tracked]
    latest: dict[int, Any] = {}
    changes = []
    events = model.pgh_event_model.objects.filter(**which)  # type: ignore[attr-defined]
    for event in events.select_related("pgh_context").order_by("pgh_id"):
        changes.append(_Change(model, fields, event, latest.get(event.pgh_obj_id)))
        latest[event.pgh_obj_id] = event
    return changes


class _Words:
    """Turns changes into words, with one query for all people and one for each other kind of row pointed to."""

    def __init__(self, changes: Iterable[_Change], masked: Collection[str]) -> None:
        self._masked = masked
        pointed_to: defaultdict[type[Model], set[int]] = defaultdict(set)
        for change in changes:
            pointed_to[User].add(_who(change.event) or 0)
            for row in (change.event, change.before):
                for field in change.fields:
                    if row is not None and isinstance(field, ForeignKey):
                        pointed_to[field.related_model].add(getattr(row, field.attname) or 0)
        self._names = {model: labels_of(model, pks - {0}) for model, pks in pointed_to.items()}

    def entries(self, change: _Change) -> list[Entry]:
        name = str(change.model._meta.verbose_name)
        title = name[:1].upper() + name[1:]
        label = change.event.pgh_label
        if label == "delete":
            return [self._entry(change, f"{title} taken away", was=self._summary(change, change.event))]
        if change.before is None:
            what = f"{title} added" if label == "insert" else f"{title} changed"
            return [self._entry(change, what, now=self._summary(change, change.event))]
        changed = [
            field
            for field in change.fields
            if getattr(change.before, field.attname) != getattr(change.event, field.attname)
        ]
        return [
            self._entry(
                change,
                f"{title}: {field.verbose_name}",
                was=self._value(field, change.before),
                now=self._value(field, change.event),
            )
            for field in [field for field in changed if not _says_who_or_when(field, change.event)] or changed
        ]

    def _entry(self, change: _Change, what: str, was: str = "", now: str = "") -> Entry:
        context = change.event.pgh_context
        return Entry(
            at=change.event.pgh_created_at,
            who=self._names[User].get(_who(change.event) or 0, ""),
            what=what,
            was=was,
            now=now,
            why=context.metadata.get("why", "") if context else "",
        )

    def _summary(self, change: _Change, row: Any) -> str:
        fields = [field for field in change.fields if change.before or not _says_who_or_when(field, row)]
        values = [(field.verbose_name, self._value(field, row)) for field in fields]
        return "; ".join(f"{name} {value}" for name, value in values if value)

    def _value(self, field: "Field[Any, Any]", row: Any) -> str:
        value = getattr(row, field.attname)
        if value is None or value == "":
            return ""
        if field.name in self._masked:
            return mask(str(value))
        if isinstance(field, ForeignKey):
            return self._names[field.related_model].get(value, f"{field.related_model._meta.verbose_name} {value}")
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        return _plain(value)


def mask(digits: str) -> str:
    """An account number or sort code without its first digits: ••••5678, ••••99."""
    shown = 4 if len(digits) > 6 else 2
    return "\u2022" * 4 + digits[-shown:]


def _says_who_or_when(field: "Field[Any, Any]", event: Any) -> bool:
    """Whether the field holds no more than who acted, or the moment: both stand beside the act already."""
    value = getattr(event, field.attname)
    if isinstance(field, ForeignKey):
        return field.related_model is User and value is not None and value == _who(event)
    return isinstance(value, datetime) and abs(value - event.pgh_created_at) < A_MOMENT


def _who(event: Any) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return ta.when(value)
        case date():
            return ta.day(value)
        case Decimal():
            return ta.money(value)
        case list() | tuple():
            return ", ".join(str(part) for part in value)
    return str(value)
