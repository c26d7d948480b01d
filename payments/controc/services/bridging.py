"""The bridge of a schedule: the rows that rules/bridge.py explains last month's total to this month's with."""

from datetime import date

from django.db.models import Q, Sum

from lewisham_ta.dates import Period, previous_month
from lewisham_ta.money import ZERO
from payments.controc.models import PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules.bridge import Bridge, BridgeLine, LeaseFacts, Month, PayeeFigures, bridge, leases_with_gaps
from payments.controc.rules.entitlement import LeaseTerms, days_in_force, stretches
from payments.controc.services import terms


def bridge_of(schedule: Schedule) -> Bridge:
    """From all schedules of the month before to all of this month, up to and with this one.

    Of a schedule that is signed off it is the bridge that was signed, whatever became known of its leases since.
    """
    if schedule.bridge is not None:
        return Bridge.from_json(schedule.bridge)
    last_month = previous_month(schedule.month)
    last = _month(last_month, Q(schedule__month=last_month, schedule__status=Schedule.Status.SIGNED_OFF))
    this = _month(schedule.month, Q(schedule__month=schedule.month, schedule__number__lte=schedule.number))
    facts = {
        record.id: _facts(record.terms, last_month, schedule.month)
        for record in terms.read_these(leases_with_gaps(last, this))
    }
    return bridge(last, this, facts)


def _month(month: date, schedules: Q) -> Month:
    rows = ScheduleLine.objects.filter(schedules).values_list(
        "lease_id", "kind", "amount", "is_held", "starts_on", "ends_on", "rent", "basis"
    )
    lines = tuple(
        BridgeLine(lease, kind, amount, is_held, starts_on, ends_on, rent or ZERO, basis)
        for lease, kind, amount, is_held, starts_on, ends_on, rent, basis in rows
    )
    totals = PayeeTotal.objects.filter(schedules).values_list("payee_id")
    payees = {
        payee: PayeeFigures(*amounts)
        for payee, *amounts in totals.annotate(
            Sum("net"), Sum("nrl_tax"), Sum("brought_forward"), Sum("carried_forward")
        )
    }
    return Month(month, lines, payees)


def _facts(lease: LeaseTerms, *months: date) -> LeaseFacts:
    """Days without a rent or a payee count as suspended: RENT_MISSING has to be mended or held by itself."""
    gaps = tuple(
        Period(stretch.starts_on, stretch.ends_on)
        for month in months
        for stretch in stretches(lease, month)
        if stretch.rent is None or stretch.payee is None
    )
    return LeaseFacts(days_in_force(lease), (*lease.suspensions, *gaps))
