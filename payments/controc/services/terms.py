"""Leases as they stand, read in chunks, and the digest of each one's terms by which a later run sees what changed."""

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

from django.db.models import Model, Q

from lewisham_ta.dates import Period
from payments.controc.rules.entitlement import LeaseTerms, PaidTo, Rent
from payments.leases.models import Lease, LeasePayee, LeaseRent, Suspension

CHUNK = 5000
# A lease id and the eight bytes of its digest: 16 bytes a lease are kept with each schedule.
DIGEST = struct.Struct(">q8s")


@dataclass(frozen=True, slots=True)
class LeaseRecord:
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
    rents = _by_lease(LeaseRent, among, "from_on", "amount", "pk")
    payees = _by_lease(LeasePayee, among, "from_on", "payee_id")
    suspensions = _by_lease(Suspension, among, "starts_on", "ends_on")
    records = []
    for pk, starts_on, keys_returned_on, keys_day_paid, basis, *rest in rows:
        own = (rents[pk], payees[pk], suspensions[pk])
        raw = repr((starts_on, keys_returned_on, keys_day_paid, basis, own, salt))
        terms = LeaseTerms(
            lease=pk,
            starts_on=starts_on,
            keys_returned_on=keys_returned_on,
            keys_day_paid=keys_day_paid,
            basis=basis,
            rents=tuple([Rent(*row) for row in own[0]]),
            payees=tuple([PaidTo(*row) for row in own[1]]),
            suspensions=tuple([Period(*row) for row in own[2]]),
        )
        records.append(LeaseRecord(pk, terms, blake2b(raw.encode(), digest_size=8).digest(), *rest))
    return records


def _by_lease(model: type[Model], among: Q, *fields: str) -> dict[int, list[tuple[Any, ...]]]:
    rows = model._default_manager.filter(among).order_by("lease", fields[0]).values_list("lease_id", *fields)
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row[1:])
    return groups


def pack(records: list[LeaseRecord]) -> bytes:
    return b"".join(DIGEST.pack(record.id, record.digest) for record in records)


def unpack(packed: bytes) -> dict[int, bytes]:
    return dict(DIGEST.iter_unpack(packed))
