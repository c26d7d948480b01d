"""What people do to providers, units, agreed rates and caps: one function a verb."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from bookings.units import rules
from bookings.units.models import NightlyCap, Provider, Unit, UnitRate
from contacts.models import Party
from lewisham_ta import audit
from lewisham_ta.addresses import address_key
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refuse_if, refusing
from lewisham_ta.versions import Stale, digest, lock, version_of

MANAGE = "bookings.manage_bookings"


@transaction.atomic
def add_provider(
    *,
    ref: str,
    name: str,
    vat: str,
    vat_number: str = "",
    supplier_number: str = "",
    email: str = "",
    telephone: str = "",
    address: str = "",
    terms: str = "",
    by: User,
    now: datetime,
) -> Provider:
    """Record a provider: its name and contacts, and what VAT its supply bears."""
    permit(by, MANAGE)
    with audit.acting(by), refusing():
        party = Party.objects.create(
            ref=ref,
            name=name,
            kind=Party.Kind.PROVIDER,
            email=email,
            telephone=telephone,
            address=address,
            vat_number=vat_number,
        )
        provider = Provider.objects.create(party=party, supplier_number=supplier_number, vat=vat, terms=terms)
    audit.record("provider.added", provider, by=by, at=now)
    return provider


def provider_version(provider: Provider, party: Party) -> str:
    """The version of a provider's page, which shows two rows."""
    return digest([version_of(provider), version_of(party)])


@transaction.atomic
def change_provider(
    *,
    provider_id: int,
    name: str,
    vat: str,
    vat_number: str,
    supplier_number: str,
    email: str,
    telephone: str,
    address: str,
    terms: str,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Provider:
    """Change a provider. Invoices already checked keep what they were checked by."""
    permit(by, MANAGE)
    provider = lock(Provider, provider_id)
    party = lock(Party, provider.party_id)
    if seen and provider_version(provider, party) != seen:
        raise Stale("Somebody changed this provider while you were reading it. Compare it with what is recorded now.")
    party.name, party.email, party.telephone = name, email, telephone
    party.address, party.vat_number = address, vat_number
    provider.vat, provider.supplier_number, provider.terms = vat, supplier_number, terms
    with audit.acting(by, why), refusing():
        party.save(update_fields=["name", "email", "telephone", "address", "vat_number"])
        provider.save(update_fields=["vat", "supplier_number", "terms"])
    audit.record("provider.changed", provider, by=by, at=now, why=why)
    return provider


@transaction.atomic
def add_unit(
    *,
    ref: str,
    provider_id: int,
    address: str,
    postcode: str,
    size: str,
    is_self_contained: bool,
    is_bed_and_breakfast: bool,
    rate: Decimal,
    from_on: date,
    sleeps: int | None = None,
    district: str = "",
    brma: str = "",
    features: str = "",
    grade: str = "",
    grade_expires_on: date | None = None,
    by: User,
    now: datetime,
) -> Unit:
    """Record a unit with the rate that is agreed for it. The rental market area is the postcode's if none is given."""
    permit(by, MANAGE)
    with audit.acting(by), refusing():
        unit = Unit.objects.create(
            ref=ref,
            provider_id=provider_id,
            address=address,
            postcode=postcode,
            address_key=address_key(address, postcode),
            district=district,
            brma=brma or rules.brma_of(postcode),
            size=size,
            sleeps=sleeps,
            is_self_contained=is_self_contained,
            is_bed_and_breakfast=is_bed_and_breakfast,
            features=features,
            grade=grade,
            grade_expires_on=grade_expires_on,
        )
        UnitRate.objects.create(unit=unit, from_on=from_on, amount=rate, set_by=by, set_at=now)
    audit.record("unit.added", unit, by=by, at=now)
    return unit


@transaction.atomic
def change_unit(
    *,
    unit_id: int,
    address: str,
    postcode: str,
    size: str,
    is_self_contained: bool,
    is_bed_and_breakfast: bool,
    sleeps: int | None,
    district: str,
    brma: str,
    features: str,
    grade: str,
    grade_expires_on: date | None,
    closed_on: date | None,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Unit:
    permit(by, MANAGE)
    unit = lock(Unit, unit_id, seen=seen)
    unit.address, unit.postcode, unit.address_key = address, postcode, address_key(address, postcode)
    unit.district, unit.brma = district, brma or rules.brma_of(postcode)
    unit.size, unit.sleeps, unit.features = size, sleeps, features
    unit.is_self_contained, unit.is_bed_and_breakfast = is_self_contained, is_bed_and_breakfast
    unit.grade, unit.grade_expires_on, unit.closed_on = grade, grade_expires_on, closed_on
    with audit.acting(by, why), refusing():
        unit.save(
            update_fields=[
                "address",
                "postcode",
                "address_key",
                "district",
                "brma",
                "size",
                "sleeps",
                "features",
                "is_self_contained",
                "is_bed_and_breakfast",
                "grade",
                "grade_expires_on",
                "closed_on",
            ]
        )
    audit.record("unit.changed", unit, by=by, at=now, why=why)
    return unit


@transaction.atomic
def set_unit_rate(*, unit_id: int, from_on: date, amount: Decimal, reason: str, by: User, now: datetime) -> UnitRate:
    """Set what is agreed for a night from a day on. Bookings already made keep their own rate."""
    permit(by, MANAGE)
    unit = lock(Unit, unit_id)
    with audit.acting(by, reason), refusing():
        row = UnitRate.objects.create(unit=unit, from_on=from_on, amount=amount, reason=reason, set_by=by, set_at=now)
    audit.record("unit.rate_set", unit, by=by, at=now, why=reason, from_on=from_on.isoformat(), amount=str(amount))
    return row


@transaction.atomic
def withdraw_unit_rate(*, rate_id: int, why: str, by: User, now: datetime) -> None:
    """Take back an agreed rate that has not been in force."""
    permit(by, MANAGE)
    row = lock(UnitRate, rate_id)
    refuse_if(rules.withdrawal_refusal(from_on=row.from_on, today=timezone.localdate(now)))
    audit.record("unit.rate_withdrawn", row.unit, by=by, at=now, why=why, from_on=row.from_on.isoformat())
    with audit.acting(by, why):
        row.delete()


@transaction.atomic
def set_nightly_cap(*, size: str, area: str, from_on: date, amount: Decimal, by: User, now: datetime) -> NightlyCap:
    """Set the highest nightly rate for a size from a day on, in one rental market area or everywhere."""
    permit(by, "lewisham_ta.change_settings")
    with audit.acting(by), refusing():
        row = NightlyCap.objects.create(size=size, area=area, from_on=from_on, amount=amount)
    audit.record("nightly_cap.set", row, by=by, at=now, from_on=from_on.isoformat(), amount=str(amount))
    return row


@transaction.atomic
def withdraw_nightly_cap(*, cap_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a cap that was set by mistake. Bookings already approved stay approved."""
    permit(by, "lewisham_ta.change_settings")
    row = lock(NightlyCap, cap_id)
    audit.record("nightly_cap.withdrawn", row, by=by, at=now, why=why, amount=str(row.amount))
    with audit.acting(by, why):
        row.delete()
