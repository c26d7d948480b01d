"""Who is placed: the household, the people in it, and what changed for them."""

from django.db import models
from django.db.models import F, Q

from lewisham_ta.models import User, tracked


class Service(models.TextChoices):
    """Whose duty the placement is, and whose expenditure code it goes to."""

    HOMELESS = "homeless", "Homeless"
    NRTPF = "nrtpf", "NRTPF"
    CHILDREN = "children", "Children's services"
    ADULTS = "adults", "Adults"


@tracked()
class Household(models.Model):
    """People who are placed together. `adults` and `children` are how many; members say who, as far as is known.

    Children or a pregnancy are family commitments under the 2003 Order. `family_from` is the day from which the
    household has had them, where that is later than its first night.
    """

    ref = models.CharField("reference", max_length=20, unique=True)
    case_ref = models.CharField("case reference", max_length=30, blank=True)
    service = models.CharField(max_length=10, choices=Service)
    adults = models.PositiveSmallIntegerField()
    children = models.PositiveSmallIntegerField(default=0)
    is_pregnant = models.BooleanField("somebody is pregnant", default=False)
    family_from = models.DateField("family commitments since", null=True)
    telephone = models.CharField(max_length=30, blank=True)
    email = models.EmailField("e-mail", blank=True)
    needs = models.CharField("needs of a placement", max_length=200, blank=True)
    risk = models.CharField("risk to know about", max_length=200, blank=True)
    is_confidential = models.BooleanField("address is confidential", default=False)

    class Meta:
        permissions = [
            ("see_bookings", "See households, units and bookings"),
            ("manage_bookings", "Add and change households, units and bookings"),
            ("approve_over_cap", "Approve nightly rates over the cap"),
        ]
        constraints = [
            models.CheckConstraint(
                name="household_service_is_known", condition=Q(service__in=["homeless", "nrtpf", "children", "adults"])
            ),
            models.CheckConstraint(
                name="household_has_an_adult",
                condition=Q(adults__gte=1),
                violation_error_message="A household has at least one adult.",
            ),
            models.CheckConstraint(name="household_has_a_ref", condition=~Q(ref="")),
        ]

    def __str__(self) -> str:
        return self.ref


@tracked()
class Member(models.Model):
    """A person of a household. The main applicant is the one invoices and Academy name."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="members")
    forename = models.CharField(max_length=60)
    surname = models.CharField(max_length=60)
    born_on = models.DateField("date of birth", null=True)
    ni_number = models.CharField("National Insurance number", max_length=9, blank=True)
    is_main = models.BooleanField("main applicant", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(is_main=True),
                name="household_has_one_main_applicant",
                violation_error_message="The household has a main applicant already.",
            ),
            models.CheckConstraint(
                name="member_has_a_name",
                condition=~Q(surname=""),
                violation_error_message="Type the person's surname.",
            ),
            models.CheckConstraint(
                name="member_ni_number_is_well_formed",
                condition=Q(ni_number="") | Q(ni_number__regex=r"^[A-Z]{2}[0-9]{6}[A-D]?$"),
                violation_error_message="A National Insurance number is two letters, six digits and a letter.",
            ),
        ]
        indexes = [models.Index(fields=["surname", "forename"], name="member_name")]

    def __str__(self) -> str:
        return f"{self.forename} {self.surname}".strip()


@tracked()
class Circumstance(models.Model):
    """A change that a household reported, and to whom and when it was passed on."""

    class Kind(models.TextChoices):
        LEFT = "left", "Left the accommodation"
        INCOME = "income", "Income or work"
        MEMBERS = "members", "Somebody joined or left"
        PREGNANCY = "pregnancy", "Pregnancy or birth"
        HEALTH = "health", "Health or disability"
        STATUS = "status", "Immigration status"
        CONTACT = "contact", "Contact details"
        OTHER = "other", "Other"

    class PassedTo(models.TextChoices):
        NOBODY = "", "Nobody yet"
        BENEFIT = "benefit", "Housing Benefit"
        CASE_OFFICER = "case_officer", "Case officer"
        BOTH = "both", "Housing Benefit and the case officer"

    household = models.ForeignKey(Household, models.PROTECT, related_name="circumstances")
    kind = models.CharField(max_length=10, choices=Kind)
    happened_on = models.DateField("when it happened")
    told_on = models.DateField("when we were told")
    note = models.CharField("what changed", max_length=500)
    passed_to = models.CharField(max_length=12, choices=PassedTo, blank=True)
    passed_on = models.DateField("when it was passed on", null=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="circumstance_kind_is_known",
                condition=Q(
                    kind__in=["left", "income", "members", "pregnancy", "health", "status", "contact", "other"]
                ),
            ),
            models.CheckConstraint(
                name="circumstance_says_what",
                condition=~Q(note=""),
                violation_error_message="Say what changed.",
            ),
            models.CheckConstraint(
                name="circumstance_passed_on_is_whole",
                condition=Q(passed_to="", passed_on__isnull=True)
                | Q(passed_to__in=["benefit", "case_officer", "both"], passed_on__isnull=False),
                violation_error_message="Say to whom it was passed on, and when.",
            ),
            models.CheckConstraint(
                name="circumstance_passed_on_after_told",
                condition=Q(passed_on__isnull=True) | Q(passed_on__gte=F("told_on")),
                violation_error_message="It cannot have been passed on before we were told.",
            ),
        ]
        indexes = [models.Index(fields=["household", "told_on"], name="circumstance_of_household")]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"
