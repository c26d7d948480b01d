"""What pages ask of households."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Trim

from bookings.households import rules
from bookings.households.models import Circumstance, Household, Member


def main_name(household: str) -> Subquery:
    """The main applicant's name of the household that a query's `household` points to."""
    main = Member.objects.filter(household=OuterRef(household), is_main=True)
    return Subquery(main.annotate(name=Trim(Concat("forename", Value(" "), "surname"))).values("name")[:1])


def households() -> "QuerySet[Household]":
    """Every household with its main applicant's name."""
    return Household.objects.annotate(main_name=main_name("pk")).order_by("ref", "pk")


def like(words: str) -> Q:
    """Every word is in the reference, the case reference, or a person's name or National Insurance number."""
    condition = Q()
    for word in words.split():
        person = Member.objects.filter(household=OuterRef("pk")).filter(
            Q(surname__icontains=word) | Q(forename__icontains=word) | Q(ni_number__iexact=word)
        )
        condition &= Q(ref__icontains=word) | Q(case_ref__icontains=word) | Q(Exists(person))
    return condition


def households_found(*, words: str = "", service: str = "", only: str = "") -> "QuerySet[Household]":
    """The households that a filter leaves; `only` is "family", "confidential" or "risk"."""
    rows = households().filter(like(words))
    if service:
        rows = rows.filter(service=service)
    if only:
        family = Q(children__gt=0) | Q(is_pregnant=True)
        rows = rows.filter({"family": family, "confidential": Q(is_confidential=True), "risk": ~Q(risk="")}[only])
    return rows


@dataclass(frozen=True, slots=True)
class Person:
    """A member with the age on a day, as the page shows them."""

    member: Member
    age: int | None


def people_of(household: Household, today: date) -> list[Person]:
    """The members, the main applicant first and then the eldest."""
    members: Iterable[Member] = household.members.order_by("-is_main", "born_on", "pk")
    return [Person(member, rules.age_on(member.born_on, today)) for member in members]


def circumstances_found(*, state: str = "", kind: str = "", words: str = "") -> "QuerySet[Circumstance]":
    """Changes that wait to be passed on, longest waiting first; `state` "all" or "passed" for the others too."""
    rows = Circumstance.objects.select_related("household", "recorded_by").annotate(main_name=main_name("household"))
    if state != "all":
        rows = rows.filter(passed_on__isnull=state != "passed")
    if kind:
        rows = rows.filter(kind=kind)
    if words:
        rows = rows.filter(household__in=Household.objects.filter(like(words)).values("pk"))
    return rows.order_by("told_on", "pk")


def circumstances_waiting() -> tuple[int, date | None]:
    """How many changes nobody has been told of, and since when the first of them waits."""
    waiting = Circumstance.objects.filter(passed_on__isnull=True).values_list("told_on", flat=True)
    return len(waiting), min(waiting, default=None)
