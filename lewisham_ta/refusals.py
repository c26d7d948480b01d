"""What the product says when it will not do something."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Model
from django.db.models.constraints import BaseConstraint
from psycopg.errors import DeadlockDetected

if TYPE_CHECKING:
    from lewisham_ta.models import User


AT_ONCE = "Somebody else was changing the same records at this moment. Nothing was written: try again."


class Refused(Exception):
    """A request that breaks a rule. The message is one sentence that an officer can act on; nothing was written.

    `at` names the field that it is about, where a form of several fields has one of that name.
    """

    def __init__(self, message: str, *, at: str = "") -> None:
        super().__init__(message)
        self.at = at


class Clash(Refused):
    """A refusal because of another record, which the page links to."""

    def __init__(self, message: str, other: Model) -> None:
        super().__init__(message)
        self.other = other


def refuse_if(reason: str, *, at: str = "") -> None:
    """Refuse with a rule's reason, if it gives one, which is about the field `at`."""
    if reason:
        raise Refused(reason, at=at)


def permit(by: "User | None", permission: str) -> None:
    """Refuse a person whose role does not hold the permission ("app.codename"), as their screens do.

    Work that nobody asked for (`by` is None: a sweep, the monthly run) is not a person's to be refused.
    """
    if by is not None and not by.has_perm(permission):
        raise Refused(f"The role of {by} does not allow this.")


@contextmanager
def refusing() -> Iterator[None]:
    """Refuse, in the constraint's own words, what the database does not let happen in this block.

    Whatever the block wrote is undone, and the transaction around it can go on. A constraint that has no words for an
    officer guards against our own mistakes: its error goes on as it is. Two that wait for each other are told apart by
    the database, which lets one of them go on: the other is refused too, and asks again.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if message := constraint_message(error):
            raise Refused(message) from error
        raise
    except OperationalError as error:
        if isinstance(error.__cause__, DeadlockDetected):
            raise Refused(AT_ONCE) from error
        raise


def constraint_message(error: IntegrityError) -> str | None:
    """The sentence of the constraint or trigger that refused, or None where it has none for an officer."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None:
        return None
    if message := _messages().get(diagnosis.constraint_name):
        return message
    if diagnosis.source_function == "exec_stmt_raise":  # RAISE in one of our triggers: the words are its own
        return str(diagnosis.message_primary)
    return _unique_field_message(diagnosis.table_name, diagnosis.message_detail)


@cache
def _messages() -> dict[str, str]:
    return {
        constraint.name: str(constraint.violation_error_message)
        for model in apps.get_models(include_auto_created=True)
        for constraint in model._meta.constraints
        if constraint.violation_error_message != BaseConstraint.default_violation_error_message
    }


def _unique_field_message(table: str | None, detail: str | None) -> str | None:
    """Words for a field that is unique by itself: those have no constraint of their own to carry them."""
    column = re.match(r"Key \((\w+)\)=", detail or "")
    if column is None:
        return None
    for model in apps.get_models():
        if model._meta.db_table == table:
            for field in model._meta.concrete_fields:
                if field.column == column[1] and field.unique and not field.primary_key:
                    return f"Another {model._meta.verbose_name} has this {field.verbose_name}."
    return None
