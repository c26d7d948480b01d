"""docs/states.md, drawn from the tables of moves by which the code refuses. `python -m tests.states` writes it."""

import os
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "states.md"
HEAD = """# States

Drawn from the code by `python -m tests.states`; a test fails when it is stale. What may not move is refused by the
service in words, and by the database whoever asks.
"""


def page() -> str:
    from bookings.stays import rules as stays
    from bookings.stays.models import Booking
    from payments.batches import rules as batches
    from payments.batches.models import Payment
    from payments.controc.models import Schedule
    from payments.controc.rules import signing
    from payments.invoices.models import Invoice
    from payments.invoices.rules import moves as invoices
    from payments.overpayments import rules as overpayments
    from payments.overpayments.models import OverpaymentCase

    drawn = [
        ("A schedule", "payments/controc/rules/signing.py", signing.MOVES, Schedule.Status),
        ("A payment", "payments/batches/rules.py", batches.MOVES, Payment.State),
        ("An invoice", "payments/invoices/rules/moves.py", invoices.MOVES, Invoice.Status),
        ("An overpayment", "payments/overpayments/rules.py", overpayments.MOVES, OverpaymentCase.Status),
        ("A booking", "bookings/stays/rules.py", stays.MOVES, Booking.Status),
    ]
    return "\n".join([HEAD, *("\n".join(_section(*each)) for each in drawn)])


def _section(title: str, source: str, moves: Mapping[str, Set[str]], labels: type) -> Iterator[str]:
    """The first state of the table is where everything begins."""
    yield f"## {title}\n\n`MOVES` in `{source}`.\n\n```mermaid\nstateDiagram-v2"
    for state in moves:
        yield f"    {state}: {labels(state).label}"
    yield f"    [*] --> {next(iter(moves))}"
    for state, others in moves.items():
        for other in sorted(others, key=list(moves).index):
            yield f"    {state} --> {other}"
        if not others:
            yield f"    {state} --> [*]"
    yield "```\n"


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lewisham_ta.settings")
    django.setup()
    PAGE.write_text(page())
