"""A month worked out from what is known now, without writing anything: the one pipeline of generation and preview.

Leases are read in chunks, so that memory does not grow with them. What the rules make of a chunk is worked out as it
is drawn and asks nothing of the database, which can so write one line while the next is worked out. Payees come last,
when all their lines are known.

Backdating looks again only at leases whose terms are not those that the latest signed-off schedule was made from. That
is enough, by induction. What a month of a lease costs depends on its terms alone. When that schedule was generated,
every month that it could look at was brought to what the terms then came to, and its own month was scheduled by them.
So where the terms are still the same, what was scheduled is what is due, in every month that can be looked at now:
there are none further back, because the number of months is part of the digest. A lease that is new has no digest to
be equal to and is looked at. Supplementary schedules keep no digests: a lease that one of them added was not on the
month's schedule for some reason that its terms have lost since, so that it is looked at next month like any other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.utils.timezone import localdate

from lewisham_ta import dated
from lewisham_ta.dates import last_of_month
from lewisham_ta.money import ZERO
from payments.controc import selectors
from payments.controc.rules import anomalies, lines
from payments.controc.rules.anomalies import Finding, Hold, LeaseInMonth, Scale, Twin
from payments.controc.rules.backdating import Correction, corrections, months_to_look_at
from payments.controc.rules.entitlement import in_force, payable_periods, priced, stretches
from payments.controc.rules.lines import HeldLine, Line
from payments.controc.rules.signing import Place
from payments.controc.rules.totals import Sums, Total, payee_total
from payments.controc.selectors import accounts
from payments.controc.selectors.accounts import PayeeRecord
from payments.controc.services import terms
from payments.controc.services.terms import LeaseRecord

PAYEES_AT_ONCE = 10_000


Row = TypeVar("Row")
# Some rows of a schedule, and what was found in them: those of a lease, or of a payee.
Worked = tuple[Sequence[Row], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a schedule in the making: the lines of some leases, or the totals of some payees.

    They are worked out as they are drawn: each part whole, and before the next. `leases` is how many it deals with.
    """

    lines: Iterable[Worked[Line]] = ()
    totals: Iterable[Worked[Total]] = ()
    terms: bytes = b""
    leases: int = 0


def work_out(place: Place, *, now: datetime) -> Iterator[Part]:
    """The schedule in parts: chunks of leases with their lines, then payees with their totals."""
    month = _Month.read(place, now)
    sums: dict[int, Sums] = defaultdict(Sums)
    for records in terms.read_chunks(salt=month.months_back):
        yield month.leases(records, sums)
    yield from month.payees(sums)


def drawn(worked: Iterable[Worked[Row]], findings: list[Finding]) -> Iterator[Row]:
    """The rows one by one; what was found in them goes to the findings."""
    for rows, found in worked:
        findings.extend(found)
        yield from rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    """What is the same for every lease of the run, read once."""

    place: Place
    now: datetime
    scale: Scale
    hold_day: date
    months_back: int
    look_at: list[date]
    digests: dict[int, bytes]
    last_rents: dict[int, Decimal] | None
    scheduled_leases: set[int]
    charges: dict[int, list[lines.Charge]]
    held: dict[int, list[HeldLine]]
    standing: dict[int, dict[str, str]]
    twins: dict[int, tuple[Twin, ...]]
    balances: dict[int, Decimal]
    nrl_percent: Decimal

    @classmethod
    def read(cls, place: Place, now: datetime) -> "_Month":
        month, last_day = place.month, last_of_month(place.month)
        months_back = dated.whole_number("backdating_months", last_day)
        last = selectors.latest_signed_off()
        signed = selectors.signed_off_months()
        look_at = [] if place.number else months_to_look_at(month, signed, months_back)
        held = selectors.outstanding_held_lines()
        return cls(
            place=place,
            now=now,
            scale=Scale(
                month=month,
                last_day=last_day,
                caps=selectors.rent_caps(),
                moved_percent=dated.number("moved_percent", last_day),
                moved_amount=dated.number("moved_amount", last_day),
            ),
            # A supplementary schedule pays what was on hold on the month's last day and no longer is.
            hold_day=max(last_day, localdate(now)) if place.number else last_day,
            months_back=months_back,
            look_at=look_at,
            digests=terms.unpack(selectors.latest_terms()) if look_at else {},
            last_rents=None if place.number else selectors.rents_of_last_month(month),
            scheduled_leases=selectors.leases_scheduled_in(month) if place.number else set(),
            charges={} if place.number else selectors.charges_due([*look_at, month]),
            held=held,
            standing=_payees_standing(held, now),
            twins=_twins(month),
            balances=selectors.balances(last),
            nrl_percent=dated.number("nrl_percent", last_day),
        )

    def leases(self, records: list[LeaseRecord], sums: dict[int, Sums]) -> Part:
        changed = {record.id for record in records if self.look_at and self.digests.get(record.id) != record.digest}
        scheduled = selectors.scheduled_so_far(changed, self.look_at)
        first, last = records[0].id, records[-1].id
        holds = selectors.holds_on(self.hold_day, first, last)
        certificates = selectors.certificates_out_of_date(self.scale.last_day, first, last)

        def worked() -> Iterator[Worked[Line]]:
            for record in records:
                if record.id not in changed and not self._is_wanted(record):
                    continue
                made, found = self._work_out_lease(
                    record,
                    corrected=corrections(record.terms, self.look_at, scheduled.get(record.id, {}))
                    if record.id in changed
                    else [],
                    hold=holds.get(record.id),
                    certificates=certificates.get(record.property),
                )
                for line in made:
                    sums[line.payee].add(line)
                yield made, found

        return Part(lines=worked(), terms=b"" if self.place.number else terms.pack(records), leases=len(records))

    def _is_wanted(self, record: LeaseRecord) -> bool:
        """Whether the lease can have a line of the month, an adjustment, or a release."""
        back = record.terms.keys_returned_on
        is_in_force = record.terms.starts_on <= self.scale.last_day and (back is None or back >= self.place.month)
        return (
            (is_in_force and record.id not in self.scheduled_leases)
            or record.id in self.charges
            or record.id in self.held
        )

    def _work_out_lease(
        self,
        record: LeaseRecord,
        *,
        corrected: list[Correction],
        hold: Hold | None,
        certificates: dict[str, date | None] | None,
    ) -> Worked[Line]:
        lease = record.terms
        payable = [] if record.id in self.scheduled_leases else stretches(lease, self.place.month)
        runs = priced(payable, lease.basis, self.place.month)
        case = LeaseInMonth(
            scale=self.scale,
            terms=lease,
            ends_on=record.ends_on,
            stretches=payable,
            runs=runs,
            corrections=corrected,
            hold=hold,
            certificates=certificates,
            bedrooms=record.bedrooms,
            twins=self.twins.get(record.id, ()),
            last_rent=None if self.last_rents is None else self.last_rents.get(record.id, ZERO),
            is_late=bool(self.place.number and payable),
        )
        because = anomalies.on_hold(case) if hold else None
        held_because = because[0][:300] if because else ""
        written = (lease, record.cost_code, held_because)
        made = [lines.rent_line(self.place.month, run, *written) for run in runs]
        made += [lines.backdated_line(correction, *written) for correction in corrected]
        for charge in self.charges.get(record.id, ()):
            paid_to = in_force(lease.payees, last_of_month(charge.month)) or min(
                lease.payees, key=lambda row: row.from_on, default=None
            )
            if paid_to is not None:
                made.append(lines.adjustment_line(charge, paid_to.payee, *written))
        if hold is None and record.id in self.held:
            stands = anomalies.standing(self._whole(case, record))
            for held in self.held[record.id]:
                if not anomalies.keeps_held(held.codes, stands, self.standing.get(held.line.payee, {})):
                    made.append(lines.released_line(held))
        return made, anomalies.of_lease(case) if made or payable else []

    def _whole(self, case: LeaseInMonth, record: LeaseRecord) -> LeaseInMonth:
        """The lease with its month, also where that is scheduled already: what held it may still stand."""
        payable = stretches(record.terms, self.place.month)
        return case._replace(stretches=payable, runs=priced(payable, record.terms.basis, self.place.month))

    def payees(self, sums: dict[int, Sums]) -> Iterator[Part]:
        """Everyone with a line or a balance, in the order of their key."""
        on_schedule = sorted(sums.keys() | self.balances.keys())
        sharers = accounts.sharers(on_schedule)
        for first in range(0, len(on_schedule), PAYEES_AT_ONCE):
            some = accounts.payees(on_schedule[first : first + PAYEES_AT_ONCE], now=self.now)
            yield Part(totals=(self._work_out_payee(payee, sums, sharers.get(payee.id, ())) for payee in some))

    def _work_out_payee(
        self, payee: PayeeRecord, sums: Mapping[int, Sums], sharers: Iterable[tuple[int, str]]
    ) -> Worked[Total]:
        own = sums.get(payee.id) or Sums()
        total = payee_total(
            payee.id,
            own,
            brought_forward=self.balances.get(payee.id, ZERO),
            tax_percent=self.nrl_percent if payee.is_taxed else ZERO,
        )
        others = tuple([ref for other, ref in sharers if other in sums])
        case = payee.in_month(own.pays, others, total.carried_forward)
        return [total], anomalies.of_payee(case, now=self.now)


def _payees_standing(held: dict[int, list[HeldLine]], now: datetime) -> dict[int, dict[str, str]]:
    """The anomalies that the payees of held lines would have if those lines were paid: code and severity."""
    ids = sorted({line.line.payee for lines in held.values() for line in lines if line.codes})
    sharers = accounts.sharers(ids)
    return {
        payee.id: {
            finding.code: finding.severity
            for finding in anomalies.of_payee(
                payee.in_month(True, tuple(ref for _, ref in sharers.get(payee.id, ())), ZERO), now=now
            )
        }
        for payee in accounts.payees(ids, now=now)
    }


def _twins(month: date) -> dict[int, tuple[Twin, ...]]:
    """Leases of what looks like the same dwelling that are payable on some of the same days."""
    alike = selectors.leases_of_the_same_dwelling(month)
    days = {
        record.id: payable_periods(record.terms, month)
        for record in terms.read(selectors.with_keys({lease for group in alike for lease in group.leases}))
    }
    found: dict[int, dict[int, Twin]] = defaultdict(dict)
    for group in alike:
        for lease in group.leases:
            for other, ref in group.leases.items():
                both = [mine.overlap(theirs) for mine in days[lease] for theirs in days[other]]
                shared = [period for period in both if period is not None]
                if other != lease and other not in found[lease] and shared:
                    ends_on = shared[-1].ends_on
                    assert ends_on is not None  # both are within the month
                    found[lease][other] = Twin(ref, group.same, shared[0].starts_on, ends_on)
    return {lease: tuple(twins.values()) for lease, twins in found.items()}
