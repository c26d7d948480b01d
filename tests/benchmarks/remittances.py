"""A month of remittance advices made and stored, against WeasyPrint alone on the same pages and as many processes.

Run by `python -m tests.benchmarks`. A payee has one to four lines, 780 in all at 450 payees. A run of a tenth of the
size comes first, so that the memory of both shows whether it grows with the number of advices.
"""

import multiprocessing
import os
import resource
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)
PROCESSES = 2
MOST_SECONDS = 45


def main(payees: int) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "lewisham_ta.settings"
    import django

    django.setup()
    from tests import database

    database.fresh_clone()
    try:
        return measured(payees)
    finally:
        database.drop_clone()


def measured(payees: int) -> int:
    """Print the figures. Returns how many marks are missed."""
    few = made_in(sent_batch(payees // 10, "few"))
    small = memory()
    batch = sent_batch(payees, "all")
    before = processor()
    took = made_in(batch)
    used = processor() - before
    large = memory()
    floor = bare(batch)
    sys.stdout.write(
        f"Remittances, {payees} advices: {took:.1f} s ({took / payees * 1000:.0f} ms each, on {PROCESSES} processes; "
        f"{used:.1f} s of processor; {few:.1f} s for a tenth); floor {floor:.1f} s, ratio {took / floor:.2f}; "
        f"peak memory of the worker {large[0]:.0f} MB (a tenth {small[0]:.0f}), "
        f"of a process that prints {large[1]:.0f} MB (a tenth {small[1]:.0f})\n"
    )
    missed = []
    if payees <= 450 and took > MOST_SECONDS:
        missed.append(f"{MOST_SECONDS} s")
    if large[1] > 1.3 * small[1] or large[0] > small[0] + 80:
        missed.append("memory is flat")
    for mark in missed:
        sys.stdout.write(f"  over the mark: {mark}\n")
    sys.stdout.flush()
    return len(missed)


def made_in(batch: Any) -> float:
    """Seconds for everything that the job does: pages, documents, rows and the print file."""
    from payments.batches import remittances

    started = time.perf_counter()
    made = remittances.make_advices(batch_id=batch.pk, by=batch.sent_by, now=NOW, progress=lambda *_: None)
    assert made == batch.count
    return time.perf_counter() - started


def bare(batch: Any) -> float:
    """Seconds for WeasyPrint alone: the finished pages are dealt to the processes beforehand."""
    from collections import deque

    from payments.batches import remittances
    from payments.batches.models import BatchItem

    pages = list(remittances._pages(batch, BatchItem.objects.filter(batch=batch), deque()))
    hands = [pages[place::PROCESSES] for place in range(PROCESSES)]
    started = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pool.map(print_all, hands)
    return time.perf_counter() - started


def print_all(pages: list[str]) -> int:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from lewisham_ta import pdf

    fonts = FontConfiguration()
    css = CSS(string=pdf.STYLESHEET.read_text(), font_config=fonts, url_fetcher=pdf._fetcher())
    for page in pages:
        HTML(string=page).write_pdf(stylesheets=[css], font_config=fonts, pdf_variant="pdf/ua-1")
    return len(pages)


def processor() -> float:
    """Seconds of processor used so far by this process and by those that it started and that have ended."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in spent)


def memory() -> tuple[float, float]:
    """Peak megabytes of this process and of the largest of those it started."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    own, children = (resource.getrusage(who).ru_maxrss / 1024 for who in whose)
    return own, children


def sent_batch(payees: int, mark: str) -> Any:
    """A sent batch with a payment for each of so many payees."""
    from contacts.models import Party
    from lewisham_ta.models import User
    from payments.batches import services
    from payments.payees.models import BankDetails, Payee

    officer, leader = (
        User.objects.create(username=f"{mark}-{name}", is_superuser=True) for name in ("officer", "leader")
    )
    parties = Party.objects.bulk_create(
        Party(ref=f"{mark[0].upper()}{n:04d}", name=f"Invented Landlord {n}", kind="individual") for n in range(payees)
    )
    owners = Payee.objects.bulk_create(Payee(party=party, is_overseas=False) for party in parties)
    accounts = BankDetails.objects.bulk_create(
        BankDetails(
            payee=payee,
            sort_code="089999",
            account_number=f"{payee.pk:08d}",
            account_name="INVENTED",
            source="register",
            is_first=True,
            status="approved",
            requested_by=officer,
            requested_at=NOW,
            decided_by=leader,
            decided_at=NOW,
            usable_from=NOW,
            is_current=True,
        )
        for payee in owners
    )
    rows = [payment_row(n, account, officer, leader) for n, account in enumerate(accounts)]
    services.raise_payments(rows, now=NOW)
    batch = services.make_batch(payment_ids=None, by=officer, now=NOW)
    return services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)


def payment_row(n: int, account: Any, officer: Any, leader: Any) -> Any:
    from payments.batches.rules import Advice, AdviceLine, AdvicePayee, AdviceTotals
    from payments.batches.services import PaymentRow

    lines = tuple(
        AdviceLine(
            property=f"P{n:05d}{k}",
            address=f"Flat {k + 1}, {n} Invented Street SE6 9ZZ",
            lease=f"LS{n:05d}{k}",
            kind="rent",
            amount=Decimal("1550.00"),
            for_month=OCTOBER,
            from_on=OCTOBER,
            to_on=date(2026, 10, 31),
            days=31,
            rent=Decimal("350.00"),
            per="week",
            basis="days",
            held=k == 3,
            why="Gas safety record out of date" if k == 3 else "",
        )
        for k in range((1, 1, 1, 1, 1, 1, 2, 2, 3, 4)[n % 10])
    )
    net = sum((line.amount for line in lines if not line.held), Decimal("0.00"))
    return PaymentRow(
        payee=account.payee,
        bank_details=account,
        source="CONTROC 2026-10",
        description="Rent for October 2026",
        reference=f"LBL PSL 1026 L{n:04d}",
        net=net,
        coding={"H4410-5520": net},
        advice=Advice(
            "Rent for October 2026",
            AdvicePayee(f"L{n:04d}", f"Invented Landlord {n}", "1 Invented Road, London SE6 9ZZ"),
            AdviceTotals(rent=net, net=net),
            lines,
        ),
        due_on=date(2026, 10, 31),
        prepared_by=officer,
        approved_by=leader,
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
