"""How a payee's net of a schedule comes about: the lines of each kind, the figures beside them, and what is held."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.urls import reverse

from lewisham_ta import dated
from lewisham_ta.dates import last_of_month
from lewisham_ta.money import to_penny, total
from lewisham_ta.templatetags import ta
from payments.controc.exports.pack import working
from payments.controc.models import Anomaly, PayeeTotal, Schedule, ScheduleLine
from payments.controc.tables import line_words, place_words
from payments.leases.models import Hold

KINDS = (
    (ScheduleLine.Kind.RENT, "Rent"),
    (ScheduleLine.Kind.BACKDATED, "Backdated"),
    (ScheduleLine.Kind.RELEASED, "Released, held earlier"),
    (ScheduleLine.Kind.ADJUSTMENT, "Adjustments"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the schedule in words; `must_act` says who has to do something about a held one."""

    line: ScheduleLine
    what: str
    working: str
    must_act: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A summand of the net, signed as it counts: the lines of one kind, or a figure with a note of where it is from."""

    words: str
    amount: Decimal
    rows: tuple[Row, ...] = ()
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Net:
    """The steps add up to the total's net. What is held is not among them."""

    total: PayeeTotal
    steps: tuple[Step, ...]
    held: tuple[Row, ...]
    before: PayeeTotal | None  # of the signed-off schedule before this one
    others: tuple[PayeeTotal, ...]  # of the same month's other schedules

    @property
    def lines_count(self) -> int:
        return len(self.held) + sum(len(step.rows) for step in self.steps)


def address_of(total: PayeeTotal) -> str:
    """The page that adds a total up. Its schedule and its payee's party must be fetched."""
    schedule = total.schedule
    return reverse("controc:net", args=[f"{schedule.month:%Y-%m}", schedule.number, total.payee.party.ref])


def totals() -> QuerySet[PayeeTotal]:
    """Totals with what their page and its links need."""
    return PayeeTotal.objects.select_related("schedule", "payee__party", "payment", "bank_details").defer(
        "schedule__terms", "schedule__bridge"
    )


def net_of(found: PayeeTotal) -> Net:
    """Six queries, however many lines there are."""
    schedule = found.schedule
    acts = _who_must_act(found)
    rows = [
        Row(line, _what(line), working(line), acts.get(line.lease_id, acts.get(None, "")) if line.is_held else "")
        for line in ScheduleLine.objects.filter(schedule=schedule, payee=found.payee)
        .select_related("lease__property", "adjustment", "releases__schedule")
        .defer("releases__schedule__terms", "releases__schedule__bridge")
        .order_by("lease__ref", "for_month", "starts_on", "pk")
    ]
    own = totals().filter(payee=found.payee)
    of_month = Q(schedule__month=schedule.month)
    before = own.filter(Q(schedule__month__lt=schedule.month) | of_month & Q(schedule__number__lt=schedule.number))
    signed = before.filter(schedule__status=Schedule.Status.SIGNED_OFF)
    last = signed.order_by("-schedule__month", "-schedule__number").first()
    return Net(
        total=found,
        steps=tuple(_steps(found, rows, last)),
        held=tuple(row for row in rows if row.line.is_held),
        before=last,
        others=tuple(own.filter(of_month).exclude(pk=found.pk).order_by("schedule__number")),
    )


def _steps(found: PayeeTotal, rows: Iterable[Row], last: PayeeTotal | None) -> Iterator[Step]:
    """Every kind that has lines, and each figure that is not nothing, in the order of the design's formula."""
    paid = [row for row in rows if not row.line.is_held]
    for kind, words in KINDS:
        of_kind = tuple(row for row in paid if row.line.kind == kind)
        if of_kind:
            yield Step(words, total(row.line.amount for row in of_kind), of_kind)
    if found.nrl_tax or found.nrl_base:
        yield Step("Non-resident landlord tax withheld", -found.nrl_tax, note=_tax_words(found))
    if found.brought_forward:
        note = f"The balance below zero of {place_words(last.schedule)}" if last else ""
        yield Step("Brought forward", found.brought_forward, note=note, url=address_of(last) if last else "")
    if found.carried_forward:
        note = "The balance is below zero: nothing is paid, and the next schedule takes it off"
        yield Step("Carried forward", -found.carried_forward, note=note)


def _tax_words(found: PayeeTotal) -> str:
    """With the rate where it still gives what was withheld: a signed figure is not explained by a later setting."""
    base = f"{ta.pounds(found.nrl_base)}, the rent paid less the recharges taken off"
    percent = dated.number("nrl_percent", last_of_month(found.schedule.month))
    is_known = to_penny(found.nrl_base * percent / 100) == found.nrl_tax
    return f"{percent.normalize():f}% of {base}" if is_known else f"On {base}"


def _who_must_act(found: PayeeTotal) -> dict[int | None, str]:
    """Lease → who must act on what is held, by its own hold or by decision; under None for the whole payee."""
    last = last_of_month(found.schedule.month)
    held = ScheduleLine.objects.filter(schedule=found.schedule, payee=found.payee, is_held=True).values("lease")
    holds = Hold.objects.filter(Q(ends_on=None) | Q(ends_on__gt=last), starts_on__lte=last, lease__in=held)
    decided = Anomaly.objects.filter(Q(payee=found.payee) | Q(lease__in=held), schedule=found.schedule, decision="held")
    acts: dict[int | None, str] = dict(holds.exclude(must_act="").values_list("lease", "must_act"))
    return acts | dict(decided.exclude(must_act="").order_by("-pk").values_list("lease", "must_act"))


def _what(line: ScheduleLine) -> str:
    if line.kind != ScheduleLine.Kind.RENT:
        return line_words(line)
    return f"Rent {ta.day_in_month(line.starts_on)} to {ta.day_in_month(ta.last_day(line.ends_on))}"
