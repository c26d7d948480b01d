"""What the CONTROC commands have in common: their arguments, and how figures are printed."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import date

from django.core.management.base import CommandParser

from lewisham_ta.dates import parse_month
from lewisham_ta.refusals import Refused
from payments.controc.models import Schedule
from payments.controc.rules.signing import Place
from payments.controc.rules.totals import MONEY, ControlTotals


def month(text: str) -> date:
    try:
        return parse_month(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error).removesuffix(".")) from None


def add_month(parser: CommandParser) -> None:
    parser.add_argument("month", type=month, help="YYYY-MM")
    parser.add_argument(
        "--supplementary", type=int, default=0, metavar="NUMBER", help="a supplementary schedule of the month"
    )


def schedule_of(month: date, number: int) -> Schedule:
    schedule = Schedule.objects.filter(month=month, number=number).defer("terms").first()
    if schedule is None:
        raise Refused(f"{Place(month, number)} has not been generated.")
    return schedule


def control_totals(totals: ControlTotals) -> Iterator[str]:
    yield f"{'Payees':<18}{totals.payees:>18,}"
    yield f"{'Lines':<18}{totals.lines:>18,}"
    for name in MONEY:
        label = "NRL tax" if name == "nrl_tax" else name.replace("_", " ").capitalize()
        yield f"{label:<18}{getattr(totals, name):>18,.2f}"
