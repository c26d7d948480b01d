"""One practice log-in a role, for the demo and for training."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.db import transaction

from lewisham_ta.models import User
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
    """Make (or reset) one person a role and return user name → password."""
    sync_roles()
    for username, (first_name, last_name, role) in PRACTICE.items():
        user, _ = User.objects.get_or_create(
            username=username, defaults={"first_name": first_name, "last_name": last_name}
        )
        user.set_password(practice_password(username))
        user.save()
        user.groups.set([Group.objects.get(name=role)])
    return {username: practice_password(username) for username in PRACTICE}


class Command(BaseCommand):
    help = "Makes one log-in a role (officer, officer2, leader, manager, finance, auditor) and prints the passwords."

    def handle(self, *args: Any, **options: Any) -> None:
        for username, password in make_practice_users().items():
            self.stdout.write(f"{username:<10} {password:<26} {PRACTICE[username][2]}")
