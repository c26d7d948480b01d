"""An overpayment found, agreed with the payee, recovered or written off."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from django.db import transaction
from django.utils.timezone import localdate

from lewisham_ta import audit, limits
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refuse_if, refusing
from payments.overpayments import rules
from payments.overpayments.models import OverpaymentCase, OverpaymentLine
from payments.payees.models import Payee

Status = OverpaymentCase.Status


class Move(Protocol):
    """A verb that moves a case on, with a note."""

    def __call__(self, *, case_id: int, note: str, by: User, now: datetime) -> OverpaymentCase: ...


class Overpaid(NamedTuple):
    """A line of a case as its source found it."""

    words: str
    cause: str
    starts_on: date
    ends_on: date
    nights: int
    net: Decimal
    vat: Decimal


@transaction.atomic
def open_case(*, payee: Payee, lines: Sequence[Overpaid], by: User | None, now: datetime) -> list[OverpaymentLine]:
    """Write down what a payee was overpaid, as one case. Returns its lines in the order given."""
    permit(by, "payments.manage_overpayments")
    causes = {line.cause for line in lines}
    with audit.acting(by), refusing():
        case = OverpaymentCase.objects.create(
            payee=payee,
            cause=causes.pop() if len(causes) == 1 else OverpaymentCase.Cause.SEVERAL,
            found_at=now,
            found_by=by,
            nights=sum(line.nights for line in lines),
            amount=sum((line.net + line.vat for line in lines), Decimal("0.00")),
        )
        rows = OverpaymentLine.objects.bulk_create(
            OverpaymentLine(
                case=case,
                words=line.words[:300],
                starts_on=line.starts_on,
                ends_on=line.ends_on,
                nights=line.nights,
                net=line.net,
                vat=line.vat,
            )
            for line in lines
        )
    audit.record("overpayment.found", case, by=by, at=now, amount=str(case.amount), nights=case.nights)
    return rows


@transaction.atomic
def agree(*, case_id: int, note: str, by: User, now: datetime) -> OverpaymentCase:
    """Write down that the payee agrees that it has to give the amount back. A write-off that was asked for falls."""
    permit(by, "payments.manage_overpayments")
    case = _lock(case_id)
    refuse_if(rules.move_refusal(status=case.status, to=rules.AGREED))
    with audit.acting(by, note), refusing():
        case.status, case.agreed_by, case.agreed_at, case.note = Status.AGREED, by, now, note.strip()
        case.asked_by = case.asked_at = None
        case.save(update_fields=["status", "agreed_by", "agreed_at", "asked_by", "asked_at", "note"])
    audit.record("overpayment.agreed", case, by=by, at=now, why=note)
    return case


@transaction.atomic
def recover(*, case_id: int, note: str, by: User, now: datetime) -> OverpaymentCase:
    """Write down how the amount came back: a credit note, money received, taken off a later invoice."""
    permit(by, "payments.manage_overpayments")
    case = _lock(case_id)
    refuse_if(rules.settle_refusal(status=case.status, to=rules.RECOVERED, agreed_by=case.agreed_by_id, by=by.pk))
    return _settle(case, Status.RECOVERED, "overpayment.recovered", note, by, now)


@transaction.atomic
def ask_write_off(*, case_id: int, note: str, by: User, now: datetime) -> OverpaymentCase:
    """Ask that the amount be given up, and say why. Another person decides."""
    permit(by, "payments.manage_overpayments")
    case = _lock(case_id)
    refuse_if(rules.ask_refusal(status=case.status, asked_by=case.asked_by_id))
    with audit.acting(by, note), refusing():
        case.asked_by, case.asked_at, case.note = by, now, note.strip()
        case.save(update_fields=["asked_by", "asked_at", "note"])
    audit.record("overpayment.write_off_asked", case, by=by, at=now, why=note)
    return case


@transaction.atomic
def write_off(*, case_id: int, note: str, by: User, now: datetime) -> OverpaymentCase:
    """Give the amount up, within the person's limit of today, and say why."""
    permit(by, "payments.write_off_overpayments")
    case = _lock(case_id)
    refuse_if(
        rules.write_off_refusal(status=case.status, agreed_by=case.agreed_by_id, asked_by=case.asked_by_id, by=by.pk)
    )
    refuse_if(limits.refusal_for(person=by, amount=case.amount, on=localdate(now)))
    return _settle(case, Status.WRITTEN_OFF, "overpayment.written_off", note, by, now)


@transaction.atomic
def drop(*, case_id: int, note: str, by: User | None, now: datetime) -> OverpaymentCase:
    """End a case of which its source says now that less was overpaid than it says, or nothing. `by` looked for it.

    Never asked for by a page: what is still overpaid is found anew, so that nothing is given up by this.
    """
    permit(by, "payments.manage_overpayments")
    case = _lock(case_id)
    refuse_if(rules.move_refusal(status=case.status, to=rules.DROPPED))
    return _end(case, Status.DROPPED, "overpayment.dropped", note, by, now, settled_by=None)


def _settle(case: OverpaymentCase, status: Status, action: str, note: str, by: User, now: datetime) -> OverpaymentCase:
    return _end(case, status, action, note, by, now, settled_by=by)


def _end(
    case: OverpaymentCase,
    status: Status,
    action: str,
    note: str,
    by: User | None,
    now: datetime,
    *,
    settled_by: User | None,
) -> OverpaymentCase:
    with audit.acting(by, note), refusing():
        case.status, case.settled_by, case.settled_at, case.note = status, settled_by, now, note.strip()
        case.save(update_fields=["status", "settled_by", "settled_at", "note"])
    audit.record(action, case, by=by, at=now, why=note, amount=str(case.amount))
    return case


def _lock(case_id: int) -> OverpaymentCase:
    return OverpaymentCase.objects.select_for_update(of=("self",)).get(pk=case_id)
