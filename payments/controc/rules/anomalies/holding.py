"""Whether what was held by a decision on an anomaly stays held."""

from collections.abc import Mapping

from payments.controc.rules.anomalies.leases import OF_LEASES
from payments.controc.rules.anomalies.values import CHECK, NOTE, SEVERITY, STOP, LeaseInMonth

# These pass with their month, so that their absence next month says nothing about why somebody held the money.
PASSING = {"NEW_LEASE", "RENT_CHANGED", "BACKDATED", "MOVED"}
_RANK = {NOTE: 0, CHECK: 1, STOP: 2}


def standing(lease: LeaseInMonth) -> dict[str, str]:
    """The codes that stand on a lease, whether or not it is payable this month, each with its severity."""
    return {code: SEVERITY[code] for code, rule in OF_LEASES.items() if rule(lease)}


def keeps_held(
    codes: frozenset[tuple[str, str]], lease_stands: Mapping[str, str], payee_stands: Mapping[str, str]
) -> bool:
    """Whether one of the anomalies by which an amount was held still stands, as severe as it was.

    What passes by itself is held until a person releases it. A changed account that has cooled off is only a CHECK:
    what was held while it was a STOP is released.
    """
    stands = {**lease_stands, **payee_stands}
    return any(
        code in PASSING or (code in stands and _RANK[stands[code]] >= _RANK[severity]) for code, severity in codes
    )
