"""Rows for tests: small, fixed, with `Trait`s. No random dates.

How far a sequence has come depends on the tests that ran before. So what it makes is never what a test writes out:
references begin with F, or with a 9 after their letters, where those that people write do not, numbers have a range of
their own, and all of a kind are of one length, so that none is found inside another.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from django.contrib.auth.models import Group

from bookings.models import AcademyAccount, Booking, BookingRate, Household, Member, Provider, Unit, UnitRate
from contacts.models import Party
from lewisham_ta import roles
from lewisham_ta.addresses import address_key
from lewisham_ta.models import User
from payments.models import BankDetails, Certificate, Lease, LeasePayee, LeaseRent, Payee, Property

LONG_AGO = datetime(2025, 1, 2, 9, 0, tzinfo=UTC)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n:04d}")
    first_name = factory.Sequence(lambda n: f"Person {n:04d}")
    last_name = "Invented"

    @factory.post_generation
    def groups(self, create, extracted, **kwargs):
        names = extracted if extracted is not None else [roles.OFFICER]
        if create and names:
            if not Group.objects.filter(name=roles.AUDITOR).exists():
                roles.sync_roles()
            self.groups.set(Group.objects.filter(name__in=names))


class PartyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Party

    ref = factory.Sequence(lambda n: f"F{n:04d}")
    name = factory.Sequence(lambda n: f"Landlord {n:04d}")
    kind = Party.Kind.INDIVIDUAL
    telephone = "020 7946 0000"


class PayeeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Payee

    party = factory.SubFactory(PartyFactory)
    supplier_number = factory.Sequence(lambda n: f"{9100000 + n}")
    is_overseas = False


class BankDetailsFactory(factory.django.DjangoModelFactory):
    """Approved and current unless asked otherwise (`waiting=True`)."""

    class Meta:
        model = BankDetails

    class Params:
        waiting = factory.Trait(
            status=BankDetails.Status.WAITING, decided_by=None, decided_at=None, usable_from=None, is_current=False
        )

    payee = factory.SubFactory(PayeeFactory)
    sort_code = "089999"
    account_number = factory.Sequence(lambda n: f"{91000000 + n}")
    account_name = "INVENTED LANDLORD"
    source = BankDetails.Source.REGISTER
    is_first = True
    status = BankDetails.Status.APPROVED
    requested_by = factory.SubFactory(UserFactory)
    requested_at = LONG_AGO
    decided_by = factory.SubFactory(UserFactory)
    decided_at = LONG_AGO
    usable_from = LONG_AGO
    is_current = True


class PropertyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Property

    ref = factory.Sequence(lambda n: f"FP{n:05d}")
    uprn = factory.Sequence(lambda n: f"{909500000000 + n}")
    address = factory.Sequence(lambda n: f"{n:04d} Factory Road")
    postcode = "SE6 9ZZ"
    bedrooms = 2
    kind = "Flat"
    address_key = factory.LazyAttribute(lambda row: address_key(row.address, row.postcode))


class LeaseFactory(factory.django.DjangoModelFactory):
    """A weekly lease from 2024 with a payee (bank details approved) and a rent; both can be switched off."""

    class Meta:
        model = Lease
        skip_postgeneration_save = True

    ref = factory.Sequence(lambda n: f"FL{n:05d}")
    property = factory.SubFactory(PropertyFactory)
    starts_on = date(2024, 4, 1)
    ends_on = date(2029, 4, 1)
    per = Lease.Per.WEEK
    basis = Lease.Basis.DAYS
    cost_code = "H4410-5520"

    @factory.post_generation
    def payee(self, create, extracted, **kwargs):
        if create and extracted is not False:
            payee = extracted or BankDetailsFactory().payee
            LeasePayee.objects.create(lease=self, payee=payee, from_on=self.starts_on)

    @factory.post_generation
    def rent(self, create, extracted, **kwargs):
        if create and extracted is not False:
            LeaseRentFactory(lease=self, from_on=self.starts_on, amount=extracted or Decimal("350.00"))


class LeaseRentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LeaseRent

    lease = factory.SubFactory(LeaseFactory, rent=False)
    from_on = date(2024, 4, 1)
    amount = Decimal("350.00")
    set_by = factory.SubFactory(UserFactory)
    set_at = LONG_AGO


class CertificateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Certificate

    property = factory.SubFactory(PropertyFactory)
    kind = Certificate.Kind.GAS
    issued_on = date(2026, 1, 1)
    expires_on = date(2036, 1, 1)


class ProviderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Provider

    party = factory.SubFactory(
        PartyFactory,
        ref=factory.Sequence(lambda n: f"PR9{n:04d}"),
        name=factory.Sequence(lambda n: f"Invented Rooms {n:04d} Ltd"),
        kind=Party.Kind.PROVIDER,
    )
    supplier_number = factory.Sequence(lambda n: f"{9200000 + n}")
    vat = Provider.Vat.EXEMPT


class UnitFactory(factory.django.DjangoModelFactory):
    """A self-contained flat with an agreed rate from 2024 (`rate=False` for none)."""

    class Meta:
        model = Unit
        skip_postgeneration_save = True

    ref = factory.Sequence(lambda n: f"U9{n:05d}")
    provider = factory.SubFactory(ProviderFactory)
    address = factory.Sequence(lambda n: f"Flat {n:04d}, 5 Factory Walk")
    postcode = "SE6 9ZY"
    address_key = factory.LazyAttribute(lambda row: address_key(row.address, row.postcode))
    size = "1"
    is_self_contained = True
    is_bed_and_breakfast = False

    class Params:
        hotel = factory.Trait(size="family", is_self_contained=False, is_bed_and_breakfast=True)

    @factory.post_generation
    def rate(self, create, extracted, **kwargs):
        if create and extracted is not False:
            amount = extracted or Decimal("60.00")
            UnitRate.objects.create(
                unit=self, from_on=date(2024, 1, 1), amount=amount, set_by=UserFactory(), set_at=LONG_AGO
            )


class HouseholdFactory(factory.django.DjangoModelFactory):
    """One adult with a name and a date of birth (`main=False` for nobody by name)."""

    class Meta:
        model = Household
        skip_postgeneration_save = True

    ref = factory.Sequence(lambda n: f"HH9{n:05d}")
    service = "homeless"
    adults = 1
    children = 0

    class Params:
        family = factory.Trait(children=2)

    @factory.post_generation
    def main(self, create, extracted, **kwargs):
        if create and extracted is not False:
            named = {"forename": "Ada", "surname": f"Invented{self.pk}", "born_on": date(1980, 1, 1)} | kwargs
            Member.objects.create(household=self, is_main=True, **named)


class BookingFactory(factory.django.DjangoModelFactory):
    """Seven nights from 3 March 2026 at £60.00 (`rate=Decimal(...)` for another)."""

    class Meta:
        model = Booking
        skip_postgeneration_save = True

    ref = factory.Sequence(lambda n: f"B9{n:05d}")
    household = factory.SubFactory(HouseholdFactory)
    unit = factory.SubFactory(UnitFactory)
    starts_on = date(2026, 3, 3)
    ends_on = date(2026, 3, 10)
    service = factory.SelfAttribute("household.service")
    academy_ref = factory.Sequence(lambda n: f"A9{n:06d}")
    booked_by = factory.SubFactory(UserFactory)
    booked_at = LONG_AGO

    @factory.post_generation
    def rate(self, create, extracted, **kwargs):
        if create and extracted is not False:
            amount = extracted or Decimal("60.00")
            BookingRate.objects.create(
                booking=self, from_on=self.starts_on, amount=amount, set_by=self.booked_by, set_at=LONG_AGO
            )


class AcademyAccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AcademyAccount

    claim_ref = factory.Sequence(lambda n: f"A8{n:06d}")
    surname = "Invented"
    status = AcademyAccount.Status.LIVE
