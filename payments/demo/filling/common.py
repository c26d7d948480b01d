"""What both sides of the demo are filled with: the people, a workbook loaded, a batch sent and answered."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate

from lewisham_ta.imports import uploads, workbook
from lewisham_ta.imports.preview import Importer
from lewisham_ta.management.commands.practice_users import make_practice_users
from lewisham_ta.models import Job, User
from lewisham_ta.refusals import Refused
from payments.batches import remittances
from payments.batches import selectors as batch_selectors
from payments.batches import services as batches
from payments.batches.imports import BATCH_ANSWER
from payments.batches.models import Batch, Remittance
from payments.batches.rules import payment_number

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Team:
    """The practice users who run the months."""

    officer: User
    officer2: User
    leader: User
    manager: User
    finance: User

    @classmethod
    def made(cls) -> "Team":
        make_practice_users()
        return cls(
            *(User.objects.get(username=name) for name in ("officer", "officer2", "leader", "manager", "finance"))
        )


def load_file(importer: Importer, name: str, content: bytes, *, by: User, now: datetime) -> None:
    plan = importer.plan(workbook.read(content, name))
    if plan.wrong:
        raise Refused(f"{name}: {plan.summary}")
    uploads.load_now(importer=importer, name=name, content=content, plan=plan, by=by, now=now)


def send(payment_ids: list[int] | None, *, by: User, now: datetime) -> Batch:
    """A batch made and sent, and its advices, which a worker would otherwise make."""
    batch = batches.make_batch(payment_ids=payment_ids, by=by, now=now)
    sent_at = now + timedelta(minutes=25)
    batch = batches.send_batch(batch_id=batch.pk, seen_version=batch.version, by=by, now=sent_at)
    started_at, finished_at = sent_at + timedelta(seconds=2), sent_at + timedelta(seconds=40)
    made = remittances.make_advices(batch_id=batch.pk, by=by, now=finished_at, progress=lambda *_: None)
    Job.objects.filter(kind="batches.remittances", key=batch.number).update(
        state=Job.State.DONE,
        attempts=1,
        started_at=started_at,
        finished_at=finished_at,
        done=made,
        total=made,
        result=f"{made} advices made.",
    )
    with _mail_to_nobody():
        remittances.email_waiting(now=finished_at)
    Remittance.objects.filter(batch=batch, emailed_at__isnull=False).update(emailed_at=finished_at)
    return batch


@contextmanager
def _mail_to_nobody() -> Iterator[None]:
    """Hundreds of letters would otherwise run over the terminal: the demo's mail goes to the console."""
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = before


def answer(
    batch: Batch, team: Team, *, paid_at: datetime, back_at: datetime, reasons_back: tuple[str, ...] = ()
) -> list[int]:
    """Load Central Payments' answer: all paid on one day, but one payment returned for each of `reasons_back`.

    Returns the payments that came back.
    """
    # Early in a month everything has happened this morning, and the answer came after the batch all the same.
    paid_at, back_at = max(paid_at, batch.sent_at), max(back_at, batch.sent_at)
    items = list(batch_selectors.items(batch))
    came_back = dict(zip(items[len(items) // 3 :: max(1, len(items) // 3)], reasons_back, strict=False))
    rows = [["Payment number", "Amount", "Outcome", "Date", "Reason"]]
    for item in items:
        why = came_back.get(item, "")
        on = localdate(back_at if why else paid_at)
        outcome = "Returned" if why else "Paid"
        rows.append([payment_number(item.payment_id), f"{item.net + item.vat}", outcome, f"{on:%d/%m/%Y}", why])
    out = StringIO()
    csv.writer(out).writerows(rows)
    load_file(BATCH_ANSWER, f"answer_{batch.number}.csv", out.getvalue().encode(), by=team.finance, now=back_at)
    return [item.payment_id for item in came_back]


def analyse() -> None:
    """Tell PostgreSQL how large the tables have become: its own look at them sees nothing of an open transaction."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
