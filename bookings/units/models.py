"""Where people are placed: providers, their units, and what a night costs from when."""

from django.db import models
from django.db.models import Q

from contacts.models import Party
from lewisham_ta.models import User, tracked


@tracked()
class Provider(models.Model):
    """A party that lets units by the night. Its supplier number becomes its payee's when its first invoice comes."""

    class Vat(models.TextChoices):
        EXEMPT = "exempt", "Exempt"
        STANDARD = "standard", "Standard"

    party = models.OneToOneField(Party, models.PROTECT, related_name="provider")
    supplier_number = models.CharField(max_length=30, blank=True)
    vat = models.CharField("VAT on its supply", max_length=8, choices=Vat)
    terms = models.TextField("terms agreed", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="provider_vat_is_known", condition=Q(vat__in=["exempt", "standard"])),
            models.UniqueConstraint(
                fields=["supplier_number"],
                condition=~Q(supplier_number=""),
                name="provider_supplier_number_is_one_provider",
                violation_error_message="Another provider has this supplier number.",
            ),
        ]

    def __str__(self) -> str:
        return f"provider {self.pk}"


class Size(models.TextChoices):
    SINGLE = "single", "Single room"
    DOUBLE = "double", "Double room"
    FAMILY = "family", "Family room"
    STUDIO = "studio", "Studio"
    BED_1 = "1", "1 bed"
    BED_2 = "2", "2 bed"
    BED_3 = "3", "3 bed"
    BED_4 = "4", "4 bed"
    BED_5 = "5", "5 bed"
    BED_6 = "6", "6 bed"


@tracked()
class Unit(models.Model):
    """A room or dwelling let by the night. The two flags are two tests, of two laws, and may differ.

    `is_self_contained` is Housing Benefit's: no kitchen, toilet or bathroom shared with another household.
    `is_bed_and_breakfast` is the Homelessness (Suitability of Accommodation) Order 2003: not separate, some of them
    shared, and not owned or managed by a council, a registered landlord or a voluntary body.
    """

    ref = models.CharField("reference", max_length=20, unique=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="units")
    address = models.CharField(max_length=200)
    postcode = models.CharField(max_length=8)
    address_key = models.CharField(max_length=220, db_index=True)
    district = models.CharField("council whose area it is in", max_length=60, blank=True)
    brma = models.CharField("broad rental market area", max_length=60, blank=True)
    size = models.CharField(max_length=6, choices=Size)
    sleeps = models.PositiveSmallIntegerField("people it sleeps", null=True)
    is_self_contained = models.BooleanField("self-contained for subsidy")
    is_bed_and_breakfast = models.BooleanField("bed and breakfast under the 2003 Order")
    features = models.CharField("what it offers", max_length=200, blank=True)
    grade = models.CharField("inspection grade", max_length=20, blank=True)
    grade_expires_on = models.DateField("last day of the grade", null=True)
    closed_on = models.DateField("not let from", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="unit_has_ref_and_address", condition=~Q(ref="") & ~Q(address="")),
            models.CheckConstraint(
                name="unit_size_is_known",
                condition=Q(size__in=["single", "double", "family", "studio", "1", "2", "3", "4", "5", "6"]),
            ),
        ]
        indexes = [models.Index(fields=["provider"], name="unit_of_provider")]

    def __str__(self) -> str:
        return f"{self.ref} {self.address}"


@tracked()
class UnitRate(models.Model):
    """What a night in a unit costs from a day on, as agreed with the provider, without VAT."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="rates")
    from_on = models.DateField("from")
    amount = models.DecimalField(max_digits=7, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="unit_rate_not_below_zero",
                condition=Q(amount__gte=0),
                violation_error_message="A nightly rate cannot be below zero.",
            ),
            models.UniqueConstraint(
                fields=["unit", "from_on"],
                name="unit_has_one_rate_a_day",
                violation_error_message="The rate of this unit already changes on that day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} from {self.from_on}"


@tracked()
class NightlyCap(models.Model):
    """The highest nightly rate for a size from a day on. No area is everywhere; without a row no cap is checked."""

    size = models.CharField(max_length=6, choices=Size)
    area = models.CharField("broad rental market area", max_length=60, blank=True)
    from_on = models.DateField("from")
    amount = models.DecimalField(max_digits=7, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["size", "area", "from_on"],
                name="nightly_cap_once_a_day",
                violation_error_message="The cap for this size and area already changes on that day.",
            ),
            models.CheckConstraint(
                name="nightly_cap_above_zero",
                condition=Q(amount__gt=0),
                violation_error_message="A cap is above zero. Where there is no cap, none is set.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.size} from {self.from_on}"
