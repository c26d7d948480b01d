"""Who may log in, and in which role. Everything is done by a service manager, and never to oneself."""

import secrets
from datetime import datetime

from axes.utils import reset as forget_wrong_passwords
from django.contrib.auth.models import Group
from django.db import transaction

from lewisham_ta import audit, locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, refusing
from lewisham_ta.roles import ROLES, SERVICE_MANAGER

# Without letters and digits that look alike: it is read out or copied by hand.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def add_person(
    *, username: str, first_name: str, last_name: str, email: str, role: str, by: User, now: datetime
) -> tuple[User, str]:
    """Add somebody who can log in. Returns them and their first password, which is kept nowhere in clear."""
    password = _new_password()
    with audit.acting(by), refusing():
        person = User(username=username, first_name=first_name, last_name=last_name, email=email)
        _give_password(person, password)
        person.save()
        person.groups.set([_group(role)])
    audit.record("person.added", person, by=by, at=now, role=role)
    return person, password


@transaction.atomic
def change_role(*, person: User, role: str, by: User, now: datetime) -> None:
    person = _locked(person)
    _refuse_oneself(person, by, "Somebody else must change your role.")
    was = role_of(person)
    if role != SERVICE_MANAGER:
        _refuse_last_manager(person)
    with audit.acting(by):
        person.groups.set([_group(role)])
    audit.record("person.role_changed", person, by=by, at=now, was=was, now=role)


@transaction.atomic
def deactivate(*, person: User, reason: str, by: User, now: datetime) -> None:
    """Shut somebody out at once, also from where they are logged in. What they did keeps their name."""
    person = _locked(person)
    _refuse_oneself(person, by, "Somebody else must deactivate you.")
    _refuse_last_manager(person)
    if not reason.strip():
        raise Refused("Say why this person is deactivated.")
    person.is_active = False
    with audit.acting(by, reason):
        person.save(update_fields=["is_active"])
    audit.record("person.deactivated", person, by=by, at=now, why=reason)


@transaction.atomic
def reactivate(*, person: User, by: User, now: datetime) -> str:
    """Let somebody in again. Returns their new first password: nobody comes back with an old one."""
    person = _locked(person)
    person.is_active = True
    password = _reset(person, by)
    audit.record("person.reactivated", person, by=by, at=now)
    return password


@transaction.atomic
def reset_password(*, person: User, by: User, now: datetime) -> str:
    """Give somebody a new first password, which ends their sessions and a lock-out. Returns it."""
    person = _locked(person)
    _refuse_oneself(person, by, "Change your own password under your name at the top.")
    if not person.is_active:
        raise Refused("This person is deactivated.")
    password = _reset(person, by)
    audit.record("person.password_reset", person, by=by, at=now)
    return password


def role_of(person: User) -> str:
    """The person's role, or "" for somebody without one. Uses groups that were fetched beforehand."""
    return ", ".join(sorted(group.name for group in person.groups.all()))


def _reset(person: User, by: User) -> str:
    password = _new_password()
    _give_password(person, password)
    with audit.acting(by):
        person.save(update_fields=["password", "password_is_temporary", "is_active"])
    forget_wrong_passwords(username=person.username)
    return password


def _new_password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def _give_password(person: User, password: str) -> None:
    person.set_password(password)
    person.password_is_temporary = True


def _locked(person: User) -> User:
    """One change of people at a time: two managers must not shut each other out and leave nobody."""
    locks.take("people")
    return User.objects.select_for_update().get(pk=person.pk)


def _group(role: str) -> Group:
    if role not in ROLES:
        raise Refused("There is no such role.")
    return Group.objects.get(name=role)


def _refuse_oneself(person: User, by: User, words: str) -> None:
    if person.pk == by.pk:
        raise Refused(words)


def _refuse_last_manager(person: User) -> None:
    managers = User.objects.filter(is_active=True, groups__name=SERVICE_MANAGER)
    if managers.filter(pk=person.pk).exists() and not managers.exclude(pk=person.pk).exists():
        raise Refused("This is the last service manager: give somebody else the role first.")
