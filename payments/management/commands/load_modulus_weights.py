"""Load the published tables that account numbers are checked against."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from lewisham_ta.management.base import PlainCommand
from lewisham_ta.refusals import Refused
from payments.payees import imports, services


class Command(PlainCommand):
    help = "Puts the published modulus tables in the place of those loaded before, and prints how many rows they have."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("valacdos", type=Path, metavar="VALACDOS", help="the weight table")
        parser.add_argument("scsubtab", type=Path, metavar="SCSUBTAB", help="the sort code substitution table")

    def handle(self, *args: Any, valacdos: Path, scsubtab: Path, **options: Any) -> None:
        try:
            load = services.load_modulus_table(
                weights=imports.weights_from(_content(valacdos), valacdos.name),
                substitutes=imports.substitutes_from(_content(scsubtab), scsubtab.name),
                by=None,
                now=timezone.now(),
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Loaded {load.weights} weight rows and {load.substitutions} substitute sort codes.")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error
