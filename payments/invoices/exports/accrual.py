"""The month-end accrual: what was slept and not billed, by expenditure code and stay by stay."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from lewisham_ta import dated
from lewisham_ta.dates import ONE_DAY, last_of_month
from lewisham_ta.exports import Sheet, workbook_of
from lewisham_ta.money import ZERO
from payments.invoices.rules.expected import Missing, to_come

COLUMNS = (
    *("Provider", "Name", "Booking", "Unit", "Address", "Service", "Expenditure code"),
    *("First night", "Last night", "Nights", "Agreed net £"),
)


def accrual(month: date, missing: Sequence[Missing], *, today: date) -> bytes:
    """A workbook for a month's end: by code, every run of nights, and how far it goes. VAT is not accrued."""
    on = last_of_month(month)
    code_of = {service: dated.value(f"nightly_code_{service}", on) for service in {each.service for each in missing}}
    by_code: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for each in missing:
        sums = by_code[(code_of[each.service], each.service)]
        sums[0] += each.nights
        sums[1] += each.net
    nights, net = sum(each.nights for each in missing), sum((each.net for each in missing), ZERO)
    codes = Sheet(
        f"Accrual {month:%Y-%m}",
        ("Expenditure code", "Service", "Nights", "Agreed net £"),
        [(code, service, int(sums[0]), sums[1]) for (code, service), sums in sorted(by_code.items())],
        ("Total", None, nights, net),
    )
    stays = Sheet(
        "Nights",
        COLUMNS,
        [
            (
                *(each.provider_ref, each.provider, each.booking, each.unit, each.address, each.service),
                *(code_of[each.service], each.starts_on, each.last_night, each.nights, each.net),
            )
            for each in missing
        ],
        ("Total", *[None] * 8, nights, net),
    )
    return workbook_of([codes, stays, _about(month, missing, today)])


def _about(month: date, missing: Sequence[Missing], today: date) -> Sheet:
    """What the figures are of, so that those of a month that still runs are not taken for final."""
    last = last_of_month(month)
    rows: list[tuple[object, ...]] = [
        ("For the end of", f"{month:%B %Y}"),
        ("Made on", today),
        ("Last night in it", last),
    ]
    if last >= today:
        rows.append(("Last night that was slept", today - ONE_DAY))
        rows.append(("Nights booked and not slept yet", to_come(missing, today)))
    return Sheet("About", ("What", "It is"), rows)
