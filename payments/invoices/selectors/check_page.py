"""The check of one invoice as its page shows it: lines in groups by what is wrong, beside our bookings."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Max, Min, Prefetch, QuerySet

from bookings.models import Booking
from bookings.occupancy.rules import monday_of
from lewisham_ta.dates import ONE_DAY
from lewisham_ta.money import ZERO
from lewisham_ta.templatetags.ta import pounds
from payments.invoices.models import Invoice, InvoiceLine, NightClaim
from payments.invoices.rules.check import Due, still_due
from payments.invoices.rules.expected import unclaimed, worth
from payments.invoices.rules.line import Billed, Booked, Terms
from payments.invoices.rules.moves import DROPPED, PAID, TO_DECIDE
from payments.invoices.rules.part import AS_MUCH_AS_AGREED, away_in, worth_of_part
from payments.invoices.rules.runs import Run, at_rates, left_of
from payments.invoices.selectors import facts
from payments.invoices.selectors.expected import missing_nights

Decision = InvoiceLine.Decision

# Groups in their order on the page: the first that holds for one of a line's codes is the line's.
GROUPS: dict[str, tuple[str, str, frozenset[str]]] = {
    "not_booked": ("Not on our records", "error", frozenset({"NO_BOOKING", "CANCELLED"})),
    "claimed": ("Claimed already", "error", frozenset({"ALREADY_CLAIMED"})),
    "nights": ("Nights not booked", "warning", frozenset({"NOT_BOOKED"})),
    "rate": ("Rate", "warning", frozenset({"RATE_OVER", "RATE_UNDER"})),
    "vat": ("VAT", "warning", frozenset({"VAT_NOT_DUE", "VAT_OVER"})),
    "arithmetic": ("Arithmetic", "warning", frozenset({"NIGHTS_DIFFER", "ARITHMETIC"})),
    "academy": ("Academy", "warning", frozenset({"NOT_IN_ACADEMY", "ACADEMY_SUSPENDED", "ACADEMY_ENDED"})),
}
AWAY, HELD, UNCONFIRMED, AGREED = "away", "held", "unconfirmed", "agreed"
SHOWN, FOLDED = 100, frozenset({UNCONFIRMED, AGREED})
HIDDEN = "Confidential"


@dataclass(frozen=True, slots=True)
class Ours:
    """What our booking says of the nights that are payable of a line; nothing where none is."""

    first_on: date | None = None
    last_on: date | None = None
    nights: int = 0
    rates: Sequence[Decimal] = ()
    net: Decimal = ZERO
    vat: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Why:
    """A reason in words; a note about nights has the week in which somebody has to look at their confirmation, and one
    about another line the key of that."""

    words: str
    is_note: bool = False
    week: date | None = None
    line: int | None = None

    @property
    def short(self) -> str:
        """A note without the days: the link under it leads to them."""
        return self.words.partition(" by the provider")[0] if self.week else self.words


@dataclass(frozen=True, slots=True)
class Row:
    """A line beside our booking."""

    line: InvoiceLine
    ours: Ours
    differs: Collection[str]
    why: Sequence[Why]
    part: Due | None = None
    can_pass_over: bool = False

    @property
    def difference(self) -> Decimal:
        return self.line.net + self.line.vat - self.ours.net - self.ours.vat

    @property
    def payable(self) -> Decimal:
        return self.line.payable_net + self.line.payable_vat

    @property
    def paid(self) -> Decimal:
        """What the decision pays, which is other than payable where it is paid as billed."""
        return self.line.paid_net + self.line.paid_vat

    @property
    def over(self) -> Decimal:
        """What is billed over what is payable."""
        return self.line.net + self.line.vat - self.payable

    @property
    def nights(self) -> int:
        line = self.line
        return (line.ends_on - line.starts_on).days if line.stated_nights is None else line.stated_nights

    @property
    def ref(self) -> str:
        return self.line.given_ref or (self.line.booking.ref if self.line.booking else "")

    @property
    def who(self) -> str:
        return HIDDEN if self.is_confidential else self.line.given_name

    @property
    def place(self) -> str:
        """The room as the invoice names it; lists do not show where a confidential household lives."""
        if self.is_confidential:
            return HIDDEN
        return (
            self.line.given_unit
            or self.line.given_address
            or (str(self.line.booking.unit.ref) if self.line.booking else "")
        )

    @property
    def is_confidential(self) -> bool:
        return self.line.booking is not None and self.line.booking.household.is_confidential

    @property
    def options(self) -> list[tuple[str, str]]:
        """What can be decided about the line, with the figure."""
        billed, payable = self.line.net + self.line.vat, self.payable
        first = [(Decision.PASS, f"Pass {pounds(billed)}")] if billed == payable else []
        if 0 < payable < billed:
            first = [(Decision.SHORT_PAY, f"Short-pay {pounds(payable)}")]
            if self.can_pass_over:
                first.append((Decision.AS_BILLED, f"Pass as billed {pounds(billed)}, {pounds(self.over)} over"))
        if self.part is not None:
            for_nights = f"the {self.part.nights} other night{'' if self.part.nights == 1 else 's'}"
            first.append((Decision.BUT_AWAY, f"Pay {pounds(self.part.net + self.part.vat)} for {for_nights}"))
        rest = [(Decision.QUERY, "Query with provider"), (Decision.REJECT, "Reject")]
        return [(str(value), words) for value, words in [*first, *rest] if value != self.line.decision]

    @property
    def reason(self) -> str:
        """Why it was decided so, where that says more than the check did, and who paid more than is payable."""
        if self.line.decision == Decision.BUT_AWAY:
            left = -self.line.adjusted_nights
            said = f"{left} night{'' if left == 1 else 's'} away left out by {self.line.decided_by}"
            why = "" if self.line.reason in {why.words for why in self.why} else f": {self.line.reason}"
            return f"{said}, {pounds(self.paid)} of {pounds(self.payable)} paid{why}"
        if self.line.decision == Decision.AS_BILLED:
            why = f": {self.line.reason}" if self.line.reason else ""
            return f"Passed as billed, {pounds(self.over)} over the agreed, by {self.line.decided_by}{why}"
        found = " ".join(why.words for why in self.why if not why.is_note)
        return "" if self.line.reason == found[:300] else self.line.reason

    @property
    def decided(self) -> str:
        """The decision as it stands, in words."""
        if self.line.decision == Decision.SHORT_PAY:
            return f"Short-pay {pounds(self.payable)}"
        if self.line.decision == Decision.AS_BILLED:
            return f"Pass as billed {pounds(self.paid)}"
        if self.line.decision == Decision.BUT_AWAY:
            return f"Pay {pounds(self.paid)}, but not the nights away"
        if self.line.decision == Decision.PASS:
            return "Pay as invoiced" if self.line.decided_by_id is None else f"Pass {pounds(self.payable)}"
        return str(self.line.get_decision_display())


@dataclass(frozen=True, slots=True)
class Unbilled:
    """A run of nights of a booking that nobody billed, at the agreed rates, without VAT."""

    booking: Booking
    starts_on: date
    ends_on: date
    rates: Sequence[Decimal]
    net: Decimal

    @property
    def nights(self) -> int:
        return (self.ends_on - self.starts_on).days

    @property
    def place(self) -> str:
        return HIDDEN if self.booking.household.is_confidential else self.booking.unit.ref


@dataclass(slots=True)
class Group:
    """Lines with the same thing wrong, their subtotals, and those of them that are shown now."""

    key: str
    title: str
    tone: str
    count: int = 0
    net: Decimal = ZERO
    vat: Decimal = ZERO
    our_net: Decimal = ZERO
    our_vat: Decimal = ZERO
    rows: list[Row] = field(default_factory=list)
    missing: Sequence[Unbilled] = ()
    page: "Page[Any] | None" = None
    is_folded: bool = False
    can_be_folded: bool = False

    @property
    def difference(self) -> Decimal:
        return self.net + self.vat - self.our_net - self.our_vat


@dataclass(frozen=True, slots=True)
class Check:
    """Everything the page of the check shows of an invoice's lines."""

    groups: Sequence[Group]
    lines: int
    agreed: int
    to_decide: int
    in_query: int
    invoiced: Decimal
    ready: Decimal
    total: Group
    has_vat: bool

    @property
    def disputed(self) -> Decimal:
        return self.invoiced - self.ready

    @property
    def ours(self) -> Decimal:
        return self.total.our_net + self.total.our_vat


def group_of(line: InvoiceLine) -> str:
    for key, (_, _, codes) in GROUPS.items():
        if codes.intersection(line.codes):
            return key
    if any(found.get("away") for found in line.findings):
        return AWAY
    if any(found.get("held") for found in line.findings):
        return HELD
    return UNCONFIRMED if any(found.get("nights") for found in line.findings) else AGREED


def lines_of(invoice: Invoice) -> QuerySet[InvoiceLine]:
    """The lines with booking, unit, query and claims."""
    claims = NightClaim.objects.order_by("starts_on", "pk")
    return (
        invoice.lines.select_related("booking__unit", "booking__household", "decided_by")
        .prefetch_related(Prefetch("claims", queryset=claims))
        .order_by("number")
    )


def check_of(
    invoice: Invoice,
    *,
    show: str = "",
    page: str = "",
    whole: bool = False,
    can_pass_over: Callable[[InvoiceLine], bool] = lambda line: False,
) -> Check:
    """The check of an invoice, by pages of each group: of the group that `show` names the one that `page` says, of
    others the first. Groups that need nothing are folded unless they are shown. `can_pass_over` says of a line whether
    whoever looks may pass it as billed."""
    lines = list(lines_of(invoice))
    rows = [replace(row, can_pass_over=can_pass_over(row.line)) for row in rows_of(invoice, lines)]
    groups = _empty_groups()
    for row in rows:
        _add(groups[group_of(row.line)], row)
    missing = missing_of(invoice, lines)
    _add_missing(groups["missing"], missing)
    total = Group("total", f"Invoice total, {len(lines):,} line{'' if len(lines) == 1 else 's'}", "")
    for group in groups.values():
        for name in ("net", "vat", "our_net", "our_vat"):
            setattr(total, name, getattr(total, name) + getattr(group, name))
        if not whole:
            _cut(group, is_shown=show == group.key, page=page)
    return Check(
        groups=[group for group in groups.values() if group.count],
        lines=len(lines),
        agreed=groups[AGREED].count + groups[UNCONFIRMED].count,
        to_decide=sum(line.decision in TO_DECIDE for line in lines),
        in_query=sum(line.decision == Decision.QUERY for line in lines),
        invoiced=sum((line.net + line.vat for line in lines), ZERO),
        ready=sum((line.paid_net + line.paid_vat for line in lines if line.decision in PAID), ZERO),
        total=total,
        has_vat=any(line.vat for line in lines),
    )


def _empty_groups() -> dict[str, Group]:
    groups = {key: Group(key, title, tone) for key, (title, tone, _) in GROUPS.items()}
    groups[AWAY] = Group(AWAY, "Nobody was there", "error")
    groups[HELD] = Group(HELD, "To be looked at before it is paid", "warning")
    groups["missing"] = Group("missing", "Missing from the invoice", "warning")
    groups[UNCONFIRMED] = Group(UNCONFIRMED, "Agreed, nights not confirmed", "warning")
    groups[AGREED] = Group(AGREED, "Agreed", "ok")
    return groups


def _add(group: Group, row: Row) -> None:
    group.count += 1
    group.net += row.line.net
    group.vat += row.line.vat
    group.our_net += row.ours.net
    group.our_vat += row.ours.vat
    group.rows.append(row)


def _cut(group: Group, *, is_shown: bool, page: str) -> None:
    """Leave the rows of one page, or none where the group is folded."""
    group.can_be_folded = group.key in FOLDED
    group.is_folded = group.can_be_folded and not is_shown
    group.page = Paginator(group.rows or group.missing, SHOWN).get_page(page if is_shown else 1)
    shown = [] if group.is_folded else list(group.page)
    group.rows, group.missing = (shown, ()) if group.rows else ([], shown)


def _add_missing(group: Group, missing: Sequence[Unbilled]) -> None:
    group.count, group.missing = len(missing), missing
    group.our_net = sum((each.net for each in missing), ZERO)


def rows_of(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[Row]:
    """Lines (with their claims) beside our bookings."""
    terms = facts.terms_of_invoice(invoice)
    pks = {line.booking_id for line in lines if line.booking_id is not None}
    booked = facts.booked_of(pks, is_exempt=terms.is_exempt)
    return [_row(line, booked, terms) for line in lines]


def _row(line: InvoiceLine, booked: Mapping[int, Booked], terms: Terms) -> Row:
    runs = [(claim.starts_on, claim.ends_on) for claim in line.claims.all()]
    ours = Ours()
    if runs and line.booking_id is not None:
        its = booked[line.booking_id]
        due = still_due(runs, net=AS_MUCH_AS_AGREED, vat=AS_MUCH_AS_AGREED, booked=its, terms=terms)
        whole = (runs[0][0], runs[-1][1])
        vat = due.vat if line.vat else ZERO
        ours = Ours(whole[0], whole[1] - ONE_DAY, due.nights, _rates_in(whole, its.rates), due.net, vat)
    return Row(line, ours, _differing(line, ours), _why(line), _part(line, runs, booked, terms))


def _part(line: InvoiceLine, runs: Sequence[Run], booked: Mapping[int, Booked], terms: Terms) -> Due | None:
    """What the nights come to on which somebody was there, where nobody was on others."""
    away = away_in(line.findings)
    there = left_of(runs, away)
    if not away or not there or line.booking_id is None:
        return None
    billed = Billed(line.starts_on, line.ends_on, line.stated_nights, line.rate, line.net, line.vat, line.gross)
    its = booked[line.booking_id]
    return worth_of_part(there, billed, net=line.payable_net, vat=line.payable_vat, booked=its, terms=terms)


def _differing(line: InvoiceLine, ours: Ours) -> frozenset[str]:
    """The cells in which the invoice and our booking differ; where we have no night to set beside it, none is."""
    codes = set(line.codes)
    if not ours.nights:
        return frozenset()
    differs = set()
    if line.starts_on != ours.first_on:
        differs.add("from")
    if line.ends_on - ONE_DAY != ours.last_on:
        differs.add("to")
    stated = line.stated_nights if line.stated_nights is not None else (line.ends_on - line.starts_on).days
    if stated != ours.nights:
        differs.add("nights")
    if codes & {"RATE_OVER", "RATE_UNDER"}:
        differs.add("rate" if line.rate is not None else "net")
    if "ARITHMETIC" in codes:
        differs.add("net")
    if codes & {"VAT_NOT_DUE", "VAT_OVER"}:
        differs.add("vat")
    return frozenset(differs)


def _why(line: InvoiceLine) -> list[Why]:
    whys = []
    for found in line.findings:
        nights = found.get("nights") if not found["code"] else None
        week = monday_of(date.fromisoformat(nights[0][0])) if nights else None
        whys.append(Why(found["words"], not found["code"], week, found.get("line")))
    return whys


def missing_of(invoice: Invoice, lines: Iterable[InvoiceLine]) -> list[Unbilled]:
    """Nights of the provider inside the invoice's time that neither it nor another invoice bills."""
    span = invoice.lines.aggregate(first=Min("starts_on"), end=Max("ends_on"))
    if invoice.status in DROPPED or span["first"] is None:
        return []
    billed: dict[int, list[Run]] = {}
    for line in lines:
        if line.booking_id is not None:
            billed.setdefault(line.booking_id, []).append((line.starts_on, line.ends_on))
    found = missing_nights(span["end"], since=span["first"], provider_id=invoice.provider_id)
    bookings = Booking.objects.select_related("household", "unit").in_bulk({each.booking_id for each in found})
    rates = facts.rates_of({pk: booking.unit_id for pk, booking in bookings.items()})
    return [
        Unbilled(bookings[each.booking_id], *run, _rates_in(run, its), worth([run], its))
        for each in found
        for its in [rates.get(each.booking_id, ())]
        for run in unclaimed((each.starts_on, each.ends_on), billed.get(each.booking_id, ()))
    ]


def _rates_in(run: Run, rates: Sequence[tuple[date, Decimal]]) -> list[Decimal]:
    """The rates that hold on some night of a run, earliest first."""
    return list(dict.fromkeys(rate for _, _, rate in at_rates(run, rates))) if rates else []
