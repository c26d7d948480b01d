"""One practice log-in a role, for the demo and for training."""

from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lewisham_ta import locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR, CENTRAL_FINANCE, OFFICER, SERVICE_MANAGER, TEAM_LEADER, sync_roles

# User name → first name, last name, role. Nobody real.
PRACTICE = {
    "officer": ("Jo", "Practice-Officer", OFFICER),
    "officer2": ("Sam", "Practice-Officer", OFFICER),
    "leader": ("Dee", "Practice-Leader", TEAM_LEADER),
    "manager": ("Max", "Practice-Manager", SERVICE_MANAGER),
    "finance": ("Fin", "Practice-Finance", CENTRAL_FINANCE),
    "auditor": ("Aud", "Practice-Auditor", AUDITOR),
}


def practice_password(username: str) -> str:
    return f"practice-{username}-2026"


@transaction.atomic
def make_practice_users() -> dict[str, str]:
    """Make (or reset) one person a role and return user name → password.

    Refused where real people work: these passwords are known to everybody.
    """
    locks.take("people")
    _refuse_among_real_people()
    sync_roles()
    for username, (first_name, last_name, role) in PRACTICE.items():
        user, _ = User.objects.get_or_create(
            username=username, defaults={"first_name": first_name, "last_name": last_name}
        )
        user.set_password(practice_password(username))
        user.save()
        user.groups.set([Group.objects.get(name=role)])
    return {username: practice_password(username) for username in PRACTICE}


def _refuse_among_real_people() -> None:
    """Refuse if a name is somebody else's, or if anybody but practice people can log in."""
    for user in User.objects.filter(username__in=PRACTICE).order_by("username"):
        if (user.first_name, user.last_name) != PRACTICE[user.username][:2]:
            raise Refused(f"{user.username} is the log-in of {user}, who is no practice user: nothing was changed.")
    real = User.objects.filter(is_active=True).exclude(username__in=PRACTICE)
    # The system's own user has a password that nobody can type.
    real = real.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if person := real.order_by("username").first():
        raise Refused(f"Real people log in here ({person.username}), so practice users are not made.")


class Command(BaseCommand):
    help = "Makes one log-in a role (officer, officer2, leader, manager, finance, auditor) and prints the passwords."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            passwords = make_practice_users()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        for username, password in passwords.items():
            self.stdout.write(f"{username:<10} {password:<26} {PRACTICE[username][2]}")
