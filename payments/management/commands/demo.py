"""The demo: a believable borough in an empty database, then the web server, a worker and beat."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from lewisham_ta import embedded
from lewisham_ta.dates import first_of_month
from lewisham_ta.management.base import PlainCommand
from lewisham_ta.management.commands.practice_users import PRACTICE, practice_password
from lewisham_ta.refusals import Refused
from lewisham_ta.serve import ServeError, serve
from payments.demo.borough import invent
from payments.demo.filling import fill, is_filled
from payments.demo.nights import invent_nights


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Whatever is queued would be logged between the lines of progress."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


class Command(PlainCommand):
    help = "Fills an empty database with an invented borough, prints address and log-ins, and serves until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="only fill the database")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if is_filled():
            self.stdout.write("The demo's borough is here already.")
        else:
            today = timezone.localdate(now)
            borough, nights = invent(first_of_month(today)), invent_nights(first_of_month(today), today)
            try:
                with _quiet(logging.getLogger("django_structlog")):
                    fill(borough=borough, nights=nights, folder=embedded.data_dir() / "demo", now=now, say=self._say)
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
        log_ins = [f"{name:<10} {practice_password(name):<26} {role}" for name, (_, _, role) in PRACTICE.items()]
        if options["no_serve"]:
            for line in log_ins:
                self.stdout.write(line)
            return
        try:
            serve(say=self._say, lines=log_ins)
        except ServeError as error:
            raise CommandError(str(error)) from error

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
