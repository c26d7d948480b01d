"""Stop the embedded services of this data folder."""

from typing import Any

from django.core.management.base import CommandError

from lewisham_ta import embedded
from lewisham_ta.management.base import PlainCommand


class Command(PlainCommand):
    help = "Stops the embedded PostgreSQL and Valkey of this data folder. What they hold stays there."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            stopped = embedded.stop()
        except embedded.EmbeddedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Stopped." if stopped else "Nothing was running.")
