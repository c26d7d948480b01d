"""The remittance advice of each payee and batch: made once, and e-mailed once or put into the one print file."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import structlog
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from lewisham_ta import audit, files, pdf
from lewisham_ta.models import User
from lewisham_ta.money import ZERO
from lewisham_ta.refusals import Refused, permit
from lewisham_ta.templatetags.ta import day, month, pounds
from payments.batches import selectors
from payments.batches.models import Batch, BatchItem, Remittance
from payments.batches.rules import Advice, AdviceLine, AdviceTotals
from payments.payees.models import Payee

log = structlog.get_logger(__name__)

TEMPLATE = "payments/batches/remittance_pdf.html"
KINDS = {
    "rent": "Rent",
    "backdated": "Backdated rent",
    "adjustment": "Adjustment",
    "released": "Released",
    "nights": "Accommodation",
    "vat": "VAT",
    "not_paid": "Accommodation",
}
TOTALS = [
    ("rent", "Rent"),
    ("backdated", "Backdated rent"),
    ("released", "Released, held earlier"),
    ("adjustments", "Adjustments"),
    ("nrl_tax", "Tax withheld under the Non-resident Landlords Scheme"),
    ("brought_forward", "Brought forward"),
    ("nights", "Accommodation"),
    ("vat", "VAT"),
]


@transaction.atomic
def make_advices(*, batch_id: int, by: User | None, now: datetime, progress: Callable[[int, int, str], None]) -> int:
    """Make the advices of a sent batch that are not there yet, and the print file of those that nobody e-mails.

    Returns how many were made. The advices are rendered by two processes and stored as they come, one at a time.
    """
    batch = Batch.objects.get(pk=batch_id)
    if batch.status != Batch.Status.SENT:
        raise Refused("Advices are made after the batch is sent.")
    there = Remittance.objects.filter(batch=batch).values("payee")
    wanted = BatchItem.objects.filter(batch=batch).exclude(payment__payee__in=there)
    total = wanted.values("payment__payee").distinct().count()
    payees: deque[Payee] = deque()
    pages = _pages(batch, wanted, payees)
    made = 0
    for document in pdf.render_many(pages):
        payee = payees.popleft()
        name = f"Remittance {batch.number} {payee.party.ref}.pdf"
        by_email = payee.remittance_by == Payee.Remittance.EMAIL
        Remittance.objects.create(
            batch=batch,
            payee=payee,
            file=files.store(name, document, files.PDF, by, now),
            email_to=payee.party.email if by_email else "",
        )
        made += 1
        progress(made, total, f"{made} of {total} advices made")
    if batch.advice_print_file_id is None:
        _make_print_file(batch, by, now)
    if made:
        audit.record("batch.advices_made", batch, by=by, at=now, count=made)
    return made


def _pages(batch: Batch, items: Any, payees: deque[Payee]) -> Iterator[str]:
    """The HTML of each payee's advice; who each is for is added to `payees` in the same order."""
    rows = (
        items.select_related("payment__payee__party", "bank_details")
        .order_by("payment__payee__party__ref", "payment__payee", "payment__source", "pk")
        .iterator(chunk_size=100)
    )
    for _, own in groupby(rows, key=lambda item: item.payment.payee_id):
        own = list(own)
        payees.append(own[0].payment.payee)
        yield render_to_string(TEMPLATE, context(batch, own))


def _make_print_file(batch: Batch, by: User | None, now: datetime) -> None:
    """All advices that go by post, in one file in the order of the payees' references."""
    printed = Remittance.objects.filter(batch=batch, email_to="").order_by("payee__party__ref", "pk")
    if not printed.exists():
        return
    contents = printed.values_list("file__content", flat=True).iterator(chunk_size=20)
    joined = pdf.join(map(bytes, contents), title=f"Remittance advices of {batch.number}")
    name = f"Remittances to print {batch.number}.pdf"
    batch.advice_print_file = files.store(name, joined, files.PDF, by, now)
    batch.save(update_fields=["advice_print_file"])


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the advice in words."""

    what: str
    address: str
    lease: str
    working: str
    amount: Decimal
    why: str
    of: str = "Lease"


@dataclass(frozen=True, slots=True)
class ShownAdvice:
    """One payment of the advice: what is paid, held, billed and not paid, and how the amount comes about."""

    title: str
    reference: str
    paid: list[ShownLine]
    held: list[ShownLine]
    not_paid: list[ShownLine]
    totals: list[tuple[str, Decimal]]
    net: Decimal
    carried_forward: Decimal


def context(batch: Batch, items: list[BatchItem]) -> dict[str, Any]:
    """What the page says: one payee's payments of one batch."""
    advices = [Advice.from_json(item.payment.advice) for item in items]
    return {
        "title": f"Remittance advice {batch.number}",
        "batch": batch,
        "payee": advices[0].payee,
        "accounts": sorted({selectors.masked(item.bank_details) for item in items}),
        "shown": [shown(advice, item.payment.reference) for advice, item in zip(advices, items, strict=True)],
        "total": sum((item.net + item.vat for item in items), ZERO),
        "contact": settings.DEFAULT_FROM_EMAIL,
    }


def shown(advice: Advice, reference: str, *, says_homes: bool = True) -> ShownAdvice:
    """An advice in words. Without `says_homes` where a household slept is left to the page of its booking, which asks
    whether the address is confidential now."""
    return ShownAdvice(
        title=advice.title,
        reference=reference,
        paid=[_shown_line(line, says_homes) for line in advice.lines if not line.held],
        held=[_shown_line(line, says_homes) for line in advice.lines if line.held and line.kind != "not_paid"],
        not_paid=[_shown_line(line, says_homes) for line in advice.lines if line.kind == "not_paid"],
        totals=_shown_totals(advice.totals),
        net=advice.totals.net,
        carried_forward=advice.totals.carried_forward,
    )


def _shown_totals(totals: AdviceTotals) -> list[tuple[str, Decimal]]:
    """The rows of the sum that are not nothing; tax is taken off."""
    rows = [(words, getattr(totals, name)) for name, words in TOTALS]
    return [(words, -amount if words.startswith("Tax") else amount) for words, amount in rows if amount]


def _shown_line(line: AdviceLine, says_homes: bool) -> ShownLine:
    what = KINDS[line.kind]
    is_nights = line.kind in ("nights", "vat", "not_paid")
    if line.from_on and line.to_on:
        what = f"{what}, {day(line.from_on)} to {day(line.to_on)}"
    else:
        what = f"{what}, {month(line.for_month)}"
    working = ""
    if line.days and line.rent is not None:
        basis = f", basis {line.basis.capitalize()}" if line.basis else ""
        unit = "night" if is_nights else "day"
        working = f"{line.days} {unit}{'' if line.days == 1 else 's'} at {pounds(line.rent)} a {line.per}{basis}"
    of = "Booking" if is_nights else "Lease"
    address = line.address if says_homes or not is_nights else "See the booking"
    return ShownLine(what, address, line.lease, working, line.amount, line.why, of)


def email_waiting(*, now: datetime) -> int:
    """E-mail the advices that wait for it. Returns how many left.

    Each is taken up in a transaction of its own before it leaves, so that it leaves once whoever else is at it. One
    that fails after that stays taken up: it may have left, and a person decides whether it goes again. The rest is left
    to the next look, for the connection may be broken; so is everything when the mail server cannot be reached at all.
    """
    waiting = Remittance.objects.filter(claimed_at__isnull=True).exclude(email_to="").order_by("pk")
    waiting_ids = list(waiting.values_list("pk", flat=True))
    if not waiting_ids:
        return 0
    connection = mail.get_connection()
    try:
        connection.open()
    except OSError:
        log.warning("advices.no_mail_server", waiting=len(waiting_ids))
        return 0
    sent = 0
    try:
        for pk in waiting_ids:
            if not Remittance.objects.filter(pk=pk, claimed_at__isnull=True).update(claimed_at=now):
                continue
            if not _email(pk, connection):
                break
            sent += 1
    finally:
        connection.close()
    return sent


def _email(remittance_id: int, connection: Any) -> bool:
    remittance = Remittance.objects.select_related("batch", "payee__party", "file").get(pk=remittance_id)
    try:
        _message(remittance, connection).send()
    except OSError:  # what smtplib raises; the address stays out of the log
        log.exception("advices.email_failed", remittance=remittance_id)
        return False
    Remittance.objects.filter(pk=remittance_id).update(emailed_at=timezone.now())
    return True


def _message(remittance: Remittance, connection: Any) -> mail.EmailMessage:
    batch = remittance.batch
    message = mail.EmailMessage(
        subject=f"Remittance advice {batch.number}",
        body=(
            f"Dear {remittance.payee.party.name},\n\n"
            f"The attached advice says what the London Borough of Lewisham is paying you in batch {batch.number}, "
            f"sent for payment on {day(batch.sent_at)}.\n\n"
            f"Please send questions to {settings.DEFAULT_FROM_EMAIL}. We never ask for bank details by e-mail.\n\n"
            "Temporary accommodation payments\n"
        ),
        to=[remittance.email_to],
        connection=connection,
    )
    message.attach(remittance.file.name, bytes(remittance.file.content), files.PDF)
    return message


@transaction.atomic
def email_again(*, remittance_id: int, by: User, now: datetime) -> Remittance:
    """Promise once more to e-mail an advice that was taken up and never stamped as sent."""
    permit(by, "payments.make_batch")
    remittance = Remittance.objects.select_for_update(of=("self",)).select_related("batch").get(pk=remittance_id)
    if remittance.emailed_at or not remittance.claimed_at:
        raise Refused("Only an advice whose e-mail is not known to have left is sent again.")
    remittance.claimed_at = None
    remittance.save(update_fields=["claimed_at"])
    audit.record("batch.advice_emailed_again", remittance.batch, by=by, at=now, remittance=remittance.pk)
    return remittance
