"""What people do to households: one function a verb, each in one transaction and one audit event."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from bookings.households import rules
from bookings.households.models import Circumstance, Household, Member
from bookings.numbers import next_ref
from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refuse_if, refusing
from lewisham_ta.versions import lock

MANAGE = "bookings.manage_bookings"


@transaction.atomic
def add_household(
    *,
    forename: str,
    surname: str,
    service: str,
    adults: int,
    children: int,
    born_on: date | None = None,
    ni_number: str = "",
    case_ref: str = "",
    is_pregnant: bool = False,
    family_from: date | None = None,
    telephone: str = "",
    email: str = "",
    needs: str = "",
    risk: str = "",
    is_confidential: bool = False,
    by: User,
    now: datetime,
) -> Household:
    """Record a household with its main applicant."""
    permit(by, MANAGE)
    refuse_if(rules.birth_refusal(born_on=born_on, today=timezone.localdate(now)))
    with audit.acting(by), refusing():
        household = Household.objects.create(
            ref=next_ref(Household, "HH"),
            case_ref=case_ref,
            service=service,
            adults=adults,
            children=children,
            is_pregnant=is_pregnant,
            family_from=family_from,
            telephone=telephone,
            email=email,
            needs=needs,
            risk=risk,
            is_confidential=is_confidential,
        )
        Member.objects.create(
            household=household,
            forename=forename,
            surname=surname,
            born_on=born_on,
            ni_number=ni_number,
            is_main=True,
        )
    audit.record("household.added", household, by=by, at=now)
    return household


@transaction.atomic
def change_household(
    *,
    household_id: int,
    service: str,
    adults: int,
    children: int,
    case_ref: str,
    is_pregnant: bool,
    family_from: date | None,
    telephone: str,
    email: str,
    needs: str,
    risk: str,
    is_confidential: bool,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Household:
    permit(by, MANAGE)
    household = lock(Household, household_id, seen=seen)
    household.service, household.case_ref = service, case_ref
    household.adults, household.children, household.is_pregnant = adults, children, is_pregnant
    household.family_from, household.telephone, household.email = family_from, telephone, email
    household.needs, household.risk, household.is_confidential = needs, risk, is_confidential
    with audit.acting(by, why), refusing():
        household.save(
            update_fields=[
                "service",
                "case_ref",
                "adults",
                "children",
                "is_pregnant",
                "family_from",
                "telephone",
                "email",
                "needs",
                "risk",
                "is_confidential",
            ]
        )
    audit.record("household.changed", household, by=by, at=now, why=why)
    return household


@transaction.atomic
def add_member(
    *,
    household_id: int,
    forename: str,
    surname: str,
    born_on: date | None = None,
    ni_number: str = "",
    is_main: bool = False,
    by: User,
    now: datetime,
) -> Member:
    """Name a person of the household. A new main applicant takes the place of the one before."""
    permit(by, MANAGE)
    household = lock(Household, household_id)
    refuse_if(rules.birth_refusal(born_on=born_on, today=timezone.localdate(now)))
    with audit.acting(by), refusing():
        if is_main:
            household.members.filter(is_main=True).update(is_main=False)
        member = Member.objects.create(
            household=household,
            forename=forename,
            surname=surname,
            born_on=born_on,
            ni_number=ni_number,
            is_main=is_main,
        )
    audit.record("household.member_added", household, by=by, at=now)
    return member


@transaction.atomic
def change_member(
    *,
    member_id: int,
    forename: str,
    surname: str,
    born_on: date | None,
    ni_number: str,
    is_main: bool,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Member:
    """Change what is recorded of a person. Who is the main applicant stays so until somebody else is."""
    permit(by, MANAGE)
    member = lock(Member, member_id, seen=seen)
    household = lock(Household, member.household_id)
    refuse_if(rules.birth_refusal(born_on=born_on, today=timezone.localdate(now)))
    member.forename, member.surname, member.born_on, member.ni_number = forename, surname, born_on, ni_number
    with audit.acting(by, why), refusing():
        if is_main and not member.is_main:
            household.members.filter(is_main=True).update(is_main=False)
            member.is_main = True
        member.save(update_fields=["forename", "surname", "born_on", "ni_number", "is_main"])
    audit.record("household.member_changed", household, by=by, at=now, why=why)
    return member


@transaction.atomic
def remove_member(*, member_id: int, why: str, by: User, now: datetime) -> None:
    """Take a person who left, or was never part of it, out of the household. The history keeps them."""
    permit(by, MANAGE)
    member = lock(Member, member_id)
    refuse_if(rules.removal_refusal(is_main=member.is_main))
    audit.record("household.member_removed", member.household, by=by, at=now, why=why)
    with audit.acting(by, why):
        member.delete()


@transaction.atomic
def record_circumstance(
    *,
    household_id: int,
    kind: str,
    happened_on: date,
    told_on: date,
    note: str,
    passed_to: str = "",
    passed_on: date | None = None,
    by: User,
    now: datetime,
) -> Circumstance:
    """Log what changed for a household, passed on already or still to be passed on."""
    permit(by, MANAGE)
    household = lock(Household, household_id)
    today = timezone.localdate(now)
    refuse_if(rules.told_refusal(told_on=told_on, today=today))
    if passed_on:
        refuse_if(rules.pass_on_refusal(passed_to="", new_day=passed_on, told_on=told_on, today=today))
    with audit.acting(by), refusing():
        row = Circumstance.objects.create(
            household=household,
            kind=kind,
            happened_on=happened_on,
            told_on=told_on,
            note=note,
            passed_to=passed_to,
            passed_on=passed_on,
            recorded_by=by,
            recorded_at=now,
        )
    audit.record("household.circumstance_recorded", household, by=by, at=now, kind=kind)
    return row


@transaction.atomic
def pass_on(
    *, circumstance_id: int, passed_to: str, passed_on: date, seen: str = "", by: User, now: datetime
) -> Circumstance:
    """Record to whom and when a change was passed on."""
    permit(by, MANAGE)
    row = lock(Circumstance, circumstance_id, seen=seen)
    today = timezone.localdate(now)
    refuse_if(rules.pass_on_refusal(passed_to=row.passed_to, new_day=passed_on, told_on=row.told_on, today=today))
    row.passed_to, row.passed_on = passed_to, passed_on
    with audit.acting(by), refusing():
        row.save(update_fields=["passed_to", "passed_on"])
    audit.record("household.circumstance_passed_on", row.household, by=by, at=now, passed_to=passed_to)
    return row


@transaction.atomic
def open_address(*, household_id: int, by: User, now: datetime) -> Household:
    """Let a person see where a confidential household lives, and keep that they did."""
    permit(by, MANAGE)
    household = Household.objects.get(pk=household_id)
    if household.is_confidential:
        audit.record("household.address_opened", household, by=by, at=now)
    return household
