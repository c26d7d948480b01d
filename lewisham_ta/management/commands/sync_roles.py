"""Make the role groups and their permissions; runs after every migrate."""

from typing import Any

from django.core.management.base import BaseCommand

from lewisham_ta.roles import sync_roles


class Command(BaseCommand):
    help = "Makes the role groups and gives each exactly its permissions."

    def handle(self, *args: Any, **options: Any) -> None:
        sync_roles()
