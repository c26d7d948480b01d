"""Commands that answer a mistake or a refusal with one line on stderr and exit code 1."""

import sys
from datetime import datetime
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused


class PlainCommand(BaseCommand):
    """A command whose mistakes on the command line are one line as well; argparse would print its usage and exit 2."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if getattr(self, "_called_from_command_line", False):
            parser.error = self._one_line  # type: ignore[method-assign]
        return parser

    def _one_line(self, message: str) -> NoReturn:
        self.stderr.write(message[:1].upper() + message[1:].rstrip(".") + ".")
        sys.exit(1)


class OfficerCommand(PlainCommand):
    """A command that writes. It says who did it with `--by`, and meets the same refusals as the screens.

    A subclass defines `act`, and `permission` where the screen asks for one. The clock is read here, once.
    """

    permission = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, metavar="USERNAME", help="user name of the officer who does this")

    def handle(self, *args: Any, **options: Any) -> None:
        by = self._officer(options.pop("by"))
        try:
            with audit.acting(by):
                self.act(by=by, now=timezone.now(), **options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal

    def act(self, *, by: User, now: datetime, **options: Any) -> None:
        raise NotImplementedError

    def _officer(self, username: str) -> User:
        try:
            by = User.objects.get(username=username)
        except User.DoesNotExist:
            raise CommandError(f"There is no user with the name {username}.") from None
        if not by.is_active:
            raise CommandError(f"The log-in {username} has been closed.")
        if self.permission and not by.has_perm(self.permission):
            raise CommandError(f"The role of {username} does not allow this.")
        return by
