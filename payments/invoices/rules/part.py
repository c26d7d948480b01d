"""What is paid of a line whose household was away on some of its nights: the other nights, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from lewisham_ta.money import ZERO, to_penny
from payments.invoices.rules.check import Due, still_due
from payments.invoices.rules.line import Billed, Booked, Terms
from payments.invoices.rules.runs import Run, nights_in

AS_MUCH_AS_AGREED = Decimal("99999999.99")


def away_in(findings: Iterable[Mapping[str, Any]]) -> list[Run]:
    """The payable nights of a line's kept findings on which the provider said that nobody was there."""
    return [
        (date.fromisoformat(starts_on), date.fromisoformat(ends_on))
        for finding in findings
        if finding.get("away")
        for starts_on, ends_on in finding.get("nights", ())
    ]


def worth_of_part(
    runs: Sequence[Run], billed: Billed, *, net: Decimal, vat: Decimal, booked: Booked, terms: Terms
) -> Due:
    """What these nights come to of a line that is payable with `net` and `vat`: at the agreed rates, or at the billed
    one where that makes it less, and the VAT due on it."""
    agreed = still_due(runs, net=AS_MUCH_AS_AGREED, vat=AS_MUCH_AS_AGREED, booked=booked, terms=terms)
    nights, all_nights = nights_in(runs), (billed.ends_on - billed.starts_on).days
    at_billed = billed.net * nights / all_nights if billed.rate is None else billed.rate * nights
    of_net = min(net, agreed.net, to_penny(at_billed))
    due_vat = to_penny(agreed.vat * of_net / agreed.net) if agreed.net else ZERO
    return Due(agreed.nights, of_net, min(vat, due_vat))
