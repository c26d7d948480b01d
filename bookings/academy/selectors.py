"""What the pages of Academy ask for: a handful of queries, however many bookings and accounts there are."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Max, QuerySet

from bookings.academy.models import AcademyAccount, AcademyFinding
from bookings.academy.rules import differences as rules
from bookings.academy.rules import matching
from bookings.academy.rules.differences import Difference, Kind, Terms
from bookings.academy.rules.matching import Proposal
from bookings.academy.rules.sides import Account, Stay
from bookings.households.models import Member
from bookings.households.rules import CONFIDENTIAL, shown_address
from bookings.stays.models import Booking
from bookings.units.models import Size
from lewisham_ta import dated
from lewisham_ta.dates import say
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.models import Upload, User

CHARGES = {size.value: f"weekly_charge_{size.value}" for size in Size}
NOBODY = ("", "", None, "")
KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Settled:
    pk: int
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """An exception as the page shows it, with who settled it, if it is settled as it stands."""

    difference: Difference
    settled: Settled | None

    @property
    def key(self) -> str:
        return self.difference.key


def terms(today: date) -> Terms:
    values = dated.values(["hb_claim_days", *CHARGES.values()], today)
    charges = {size: values[name] for size, name in CHARGES.items() if values[name] != dated.NOT_LOADED}
    days = [int(part) for part in values["hb_claim_days"].split(",")]
    return Terms(claim_days=days, charges={size: Decimal(amount) for size, amount in charges.items()})


@dataclass(frozen=True, slots=True)
class Sides:
    """Bookings with main applicant and unit, and accounts, as values. Before the first extract nothing is known."""

    stays: list[Stay]
    accounts: list[Account]
    is_loaded: bool

    @classmethod
    def read(cls) -> "Sides":
        """Every one of them, in three queries."""
        accounts = _accounts(AcademyAccount.objects.all())
        return cls(_stays(Booking.objects.all()), accounts, is_loaded=bool(accounts))

    @classmethod
    def of_household(cls, pk: int) -> "Sides":
        """Those of one household's bookings."""
        stays = _stays(Booking.objects.filter(household=pk))
        if not stays:
            return cls([], [], is_loaded=False)
        accounts = _accounts(AcademyAccount.objects.filter(claim_ref__in={stay.claim_ref for stay in stays}))
        return cls(stays, accounts, is_loaded=bool(accounts) or AcademyAccount.objects.exists())


def _stays(chosen: QuerySet[Booking]) -> list[Stay]:
    bookings = list(
        chosen.order_by("pk").values_list(
            "pk",
            "ref",
            "academy_ref",
            "household_id",
            "household__ref",
            "service",
            "household__is_confidential",
            "starts_on",
            "ends_on",
            "status",
            "is_split",
            "split_reason",
            "unit__address",
            "unit__postcode",
            "unit__size",
        )
    )
    if not bookings:
        return []
    members = Member.objects.filter(is_main=True, household__in=chosen.values("household"))
    mains = {
        household: rest
        for household, *rest in members.values_list("household_id", "surname", "forename", "born_on", "ni_number")
    }
    return [
        Stay(pk, ref, ref_key(claim) if claim else "", claim, household, household_ref, service, *who, *rest)
        for pk, ref, claim, household, household_ref, service, *rest in bookings
        for who in [mains.get(household, NOBODY)]
    ]


def _accounts(chosen: QuerySet[AcademyAccount]) -> list[Account]:
    return [
        Account(pk, ref, ref_key(ref), *rest)
        for pk, ref, *rest in chosen.order_by("pk").values_list(
            "pk",
            "claim_ref",
            "surname",
            "forename",
            "born_on",
            "ni_number",
            "address",
            "postcode",
            "starts_on",
            "ends_on",
            "weekly_rent",
            "weekly_benefit",
            "status",
            "is_gone",
        )
    ]


def differences(today: date, known: Sides | None = None) -> list[Difference]:
    """The exceptions of today. Before the first extract nothing is known, so nothing differs."""
    known = known or Sides.read()
    return rules.differences(known.stays, known.accounts, today=today, terms=terms(today)) if known.is_loaded else []


def lines(today: date, known: Sides | None = None) -> list[Line]:
    """The exceptions of today, with what was settled as it still stands."""
    findings = AcademyFinding.objects.select_related("settled_by").order_by("pk")
    latest = {(one.kind, one.booking_id, one.account_id): one for one in findings}
    found = []
    for difference in differences(today, known):
        finding = latest.get(difference.about)
        is_settled = finding is not None and finding.figures == difference.figures
        settled = _settled(finding) if finding and is_settled else None
        found.append(Line(_shown(difference), settled))
    return found


def _settled(finding: AcademyFinding) -> Settled:
    return Settled(finding.pk, finding.note, str(finding.settled_by), finding.settled_at)


def _shown(difference: Difference) -> Difference:
    """Where a household with a confidential address lives is seen on its own page only, where opening it is kept."""
    if difference.kind == Kind.ADDRESS and difference.stay and difference.stay.is_confidential:
        return replace(difference, ours=CONFIDENTIAL, theirs=CONFIDENTIAL)
    return difference


@dataclass(frozen=True, slots=True)
class MatchRow(Proposal):
    """A proposal as the page ticks it."""

    @property
    def pair(self) -> str:
        return f"{self.stay.pk}-{self.account.pk}"


def proposals(today: date, known: Sides | None = None) -> list[Proposal]:
    known = known or Sides.read()
    return matching.proposals(known.stays, known.accounts, today=today)


def match_rows(today: date) -> list[MatchRow]:
    return [MatchRow(one.stay, one.account, one.ground, one.is_only) for one in proposals(today)]


def person(side: Stay | Account, *, is_confidential: bool) -> str:
    """Who somebody is, as either side says it."""
    born = f"born {say(side.born_on)}" if side.born_on else ""
    address = shown_address(f"{side.address}, {side.postcode}".strip(" ,"), is_confidential=is_confidential)
    return ", ".join(filter(None, [f"{side.forename} {side.surname}".strip(), born, side.ni_number, address]))


def bookings_of(account: AcademyAccount) -> list[Booking]:
    """The bookings that name an account, the latest first."""
    rows = Booking.objects.filter(academy_ref__iexact=account.claim_ref).select_related("household", "unit")
    return list(rows.order_by("-starts_on", "-pk"))


def open_counts(today: date, known: Sides) -> Counter[Kind]:
    """How many exceptions of each kind nobody has settled."""
    return Counter(line.difference.kind for line in lines(today, known) if line.settled is None)


@dataclass(frozen=True, slots=True)
class Tally:
    """What the home page says: how many exceptions of each kind are open, and how many matches are proposed."""

    counts: Counter[Kind]
    proposed: int


def tally(today: date) -> Tally:
    """The figures of the home page, at most a minute old and never from before an exception was settled.

    They come from rules over every booking and account, which no single query can say: at the size of all of London
    that is a second and a half, too long for a page that everybody opens all day. The room's own pages work them out.
    """
    settled = AcademyFinding.pgh_event_model.objects.aggregate(latest=Max("pgh_id"))["latest"]
    loaded = AcademyAccount.pgh_event_model.objects.aggregate(latest=Max("pgh_id"))["latest"]
    return cache.get_or_set(f"academy-{today}-{settled}-{loaded}", lambda: _tally(today), KEPT_SECONDS)


def _tally(today: date) -> Tally:
    known = Sides.read()
    return Tally(open_counts(today, known), len(proposals(today, known)))


def chosen(found: list[Line], *, kind: str = "", state: str = "", service: str = "", find: str = "") -> list[Line]:
    """The lines that the filters leave; without a state those that are open."""
    words = find.casefold()
    return [
        line
        for line in found
        if kind in ("", line.difference.kind)
        and {"": line.settled is None, "settled": line.settled is not None}.get(state, True)
        and service in ("", line.difference.stay.service if line.difference.stay else None)
        and (not words or words in _searched(line))
    ]


def _searched(line: Line) -> str:
    stay, account = line.difference.stay, line.difference.account
    parts = [stay.ref, stay.household_ref, stay.forename, stay.surname] if stay else []
    parts += [account.ref, account.forename, account.surname] if account else []
    return " ".join(parts).casefold()


def of_account(found: list[Line], account: AcademyAccount) -> list[tuple[str, Line]]:
    """The exceptions of one account, settled ones too, each with the name of its kind."""
    return [
        (rules.KIND_WORDS[line.difference.kind], line)
        for line in found
        if line.difference.account and line.difference.account.pk == account.pk
    ]


def not_loaded(today: date) -> list[str]:
    """The sizes of live bookings' units for which no weekly charge is loaded, in words."""
    charges = terms(today).charges
    occupied = set(
        Booking.objects.filter(status=Booking.Status.BOOKED, starts_on__lte=today)
        .exclude(ends_on__lte=today)
        .values_list("unit__size", flat=True)
        .distinct()
    )
    return [size.label for size in Size if size.value in occupied and size.value not in charges]


def last_loaded() -> tuple[datetime, User] | None:
    """When the latest extract was loaded, and by whom."""
    upload = (
        Upload.objects.filter(kind="academy", state=Upload.State.CONFIRMED)
        .select_related("confirmed_by")
        .defer("plan")
        .order_by("-confirmed_at")
        .first()
    )
    return (
        (upload.confirmed_at, upload.confirmed_by) if upload and upload.confirmed_at and upload.confirmed_by else None
    )
