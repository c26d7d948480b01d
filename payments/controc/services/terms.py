"""Leases as they stand, read in chunks, and the digest of each one's terms by which a later run sees what changed."""

import struct
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from datetime import date
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from django.db.models import Model, Q

from lewisham_ta.dates import Period
from payments.controc.rules.entitlement import LeaseTerms, PaidTo, Rent
from payments.leases.models import Lease, LeasePayee, LeaseRent, Suspension

CHUNK = 10_000
# A lease id and the eight bytes of its digest: 16 bytes a lease are kept with each schedule.
DIGEST = struct.Struct(">q8s")
Row = TypeVar("Row")


class LeaseRecord(NamedTuple):
    """A lease's row and its terms. `digest` stands for the terms; equal terms have equal digests."""

    id: int
    terms: LeaseTerms
    digest: bytes
    property: int
    ends_on: date | None
    bedrooms: int
    cost_code: str


def read_chunks(*, salt: int = 0) -> Iterator[list[LeaseRecord]]:
    """Every lease, in the order of its key, a few thousand at a time."""
    last = 0
    while records := read(Q(pk__gt=last), salt=salt, limit=CHUNK):
        yield records
        last = records[-1].id


def read_these(leases: Collection[int]) -> Iterator[LeaseRecord]:
    """The leases with these keys, a few thousand at a time."""
    keys = sorted(leases)
    for start in range(0, len(keys), CHUNK):
        yield from read(Q(pk__in=keys[start : start + CHUNK]))


def read(which: Q, *, salt: int = 0, limit: int | None = None) -> list[LeaseRecord]:
    """The leases that match, with their terms, in five queries however many they are. `salt` goes into the digests."""
    rows = list(
        Lease.objects.filter(which)
        .order_by("pk")
        .values_list(
            "pk",
            "starts_on",
            "keys_returned_on",
            "keys_day_paid",
            "basis",
            "property_id",
            "ends_on",
            "property__bedrooms",
            "cost_code",
        )[:limit]
    )
    if not rows:
        return []
    # A chunk has every lease between its first and its last: a range is cheaper to ask for than thousands of keys.
    among = Q(lease__in=[row[0] for row in rows]) if limit is None else Q(lease__gte=rows[0][0], lease__lte=rows[-1][0])
    rents = _by_lease(Rent, LeaseRent, among, "from_on", "amount", "pk")
    payees = _by_lease(PaidTo, LeasePayee, among, "from_on", "payee_id")
    suspensions = _by_lease(Period, Suspension, among, "starts_on", "ends_on")
    records = []
    for pk, starts_on, keys_returned_on, keys_day_paid, basis, *rest in rows:
        terms = LeaseTerms(
            pk,
            starts_on,
            keys_returned_on,
            keys_day_paid,
            basis,
            tuple(rents.get(pk, ())),
            tuple(payees.get(pk, ())),
            tuple(suspensions.get(pk, ())),
        )
        records.append(LeaseRecord(pk, terms, digest(terms, salt), *rest))
    return records


def _by_lease(kind: Callable[..., Row], model: type[Model], among: Q, *fields: str) -> dict[int, list[Row]]:
    rows = model._default_manager.filter(among).order_by("lease", fields[0]).values_list("lease_id", *fields)
    groups: dict[int, list[Row]] = defaultdict(list)
    for lease, *values in rows:
        groups[lease].append(kind(*values))
    return groups


def digest(terms: LeaseTerms, salt: int) -> bytes:
    """Eight bytes for the terms. Days go in as their numbers, which are written in a tenth of the time."""
    back = terms.keys_returned_on
    raw = f"{terms.starts_on.toordinal()} {back and back.toordinal()} {terms.keys_day_paid} {terms.basis} {salt}"
    for from_on, amount, key in terms.rents:
        raw += f" rent {from_on.toordinal()} {amount} {key}"
    for from_on, payee in terms.payees:
        raw += f" payee {from_on.toordinal()} {payee}"
    for spell in terms.suspensions:
        raw += f" suspended {spell.starts_on.toordinal()} {spell.ends_on and spell.ends_on.toordinal()}"
    return blake2b(raw.encode(), digest_size=8).digest()


def pack(records: list[LeaseRecord]) -> bytes:
    return b"".join(DIGEST.pack(record.id, record.digest) for record in records)


def unpack(packed: bytes) -> dict[int, bytes]:
    return dict(DIGEST.iter_unpack(packed))
