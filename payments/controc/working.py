"""How the figures of a schedule explain themselves: put together for the pages, nothing worked out anew."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.forms import BaseForm
from django.urls import reverse

from lewisham_ta import files
from lewisham_ta.dates import days_in_month, last_day, previous_month
from lewisham_ta.models import User
from lewisham_ta.money import ZERO
from lewisham_ta.templatetags import ta
from payments.controc import selectors, services
from payments.controc.models import PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules.bridge import Bridge, Cause
from payments.controc.rules.entitlement import formula
from payments.controc.rules.signing import MOST_NAMED
from payments.controc.selectors.changes import Changed
from payments.controc.selectors.rents import rent_set
from payments.controc.tables import code_words, place_args
from payments.leases.models import Lease
from payments.payees.models import Payee

CHECKS_ID, LAST_ATTEMPT_ID = "sign-off-checks", "last-attempt"
# The rule of each basis as the lease and the statement name it (design 4.1).
BASIS_RULES = {
    "days": "Rent ÷ 7 × payable days",
    "52/12": "Rent × 52 ÷ 12 × payable days ÷ days in the month",
    "365/84": "Rent × 365 ÷ 84 × payable days ÷ days in the month",
    "month": "Rent × payable days ÷ days in the month",
}


def summary(schedule: Schedule) -> dict[str, Any]:
    """The strip of facts and the control totals of a schedule."""
    totals = selectors.control_totals(schedule)
    counts = selectors.anomaly_counts(schedule)
    open_ = {severity: sum(row.open for row in counts if row.severity == severity) for severity in ("STOP", "CHECK")}
    decided = sum(row.all - row.open for row in counts if row.severity != "NOTE")
    last, before = last_month_net(schedule), earlier_of_month(schedule)
    inbox = reverse("controc:anomaly_list", args=place_args(schedule))
    payees = reverse("controc:payee_totals", args=place_args(schedule))
    facts = [
        {"label": "To pay", "value": ta.pounds(totals.net), "url": payees},
        *([{"label": f"Before this in {schedule.month:%B}", "value": ta.pounds(before)}] if schedule.number else []),
        {"label": "Last month", "value": ta.BLANK if last is None else ta.pounds(last)},
        {
            "label": "Change",
            "value": ta.BLANK if last is None else ta.signed_pounds(before + totals.net - last),
            "url": reverse("controc:bridge", args=place_args(schedule)),
        },
        {"label": "Lines", "value": f"{totals.lines:,}", "hint": f"{totals.payees:,} payees"},
        {
            "label": "Open STOPs",
            "value": f"{open_['STOP']:,}",
            "url": f"{inbox}?severity=STOP&decision=open",
            "tone": "error" if open_["STOP"] else "",
        },
        {
            "label": "Open CHECKs",
            "value": f"{open_['CHECK']:,}",
            "url": f"{inbox}?severity=CHECK&decision=open",
            "tone": "warning" if open_["CHECK"] else "",
        },
        {
            "label": "Decided",
            "value": f"{decided:,}",
            "url": f"{inbox}?decision=decided",
            "tone": "ok" if decided else "",
        },
        {"label": "Held", "value": ta.pounds(totals.held), "url": f"{payees}?show=held"},
    ]
    return {
        "facts": facts,
        "control": [
            ("Rent", totals.rent),
            ("Backdated", totals.backdated),
            ("Released", totals.released),
            ("Adjustments", totals.adjustments),
            ("Non-resident landlord tax", -totals.nrl_tax),
            ("Brought forward", totals.brought_forward),
            ("Carried forward", -totals.carried_forward),
        ],
        "totals": totals,
        "counts": [(code_words(row.code), row) for row in counts],
    }


def last_month_net(schedule: Schedule) -> Decimal | None:
    """What the month before came to, all its signed-off schedules together; None where it has none."""
    before = Schedule.objects.filter(month=previous_month(schedule.month), status=Schedule.Status.SIGNED_OFF)
    sums = [selectors.control_totals(earlier).net for earlier in before]
    return sum(sums, ZERO) if sums else None


def earlier_of_month(schedule: Schedule) -> Decimal:
    """What the schedules of the same month before this one came to: a supplementary one adds to them."""
    before = Schedule.objects.filter(month=schedule.month, number__lt=schedule.number)
    return sum((selectors.control_totals(earlier).net for earlier in before), ZERO)


def of_line(line: ScheduleLine) -> list[dict[str, Any]]:
    """The working of a line as label, value, hint and url, in the order in which a person would check it."""
    match line.kind:
        case ScheduleLine.Kind.RENT:
            return list(_rent(line))
        case ScheduleLine.Kind.BACKDATED:
            return list(_backdated(line))
        case ScheduleLine.Kind.ADJUSTMENT:
            return list(_adjustment(line))
    return list(_released(line))


def _rent(line: ScheduleLine) -> Iterator[dict[str, Any]]:
    if line.starts_on is None or line.days is None or line.rent is None:
        return
    month_days = days_in_month(line.starts_on)
    yield {"label": "Rule", "value": BASIS_RULES[line.basis], "hint": "rounded once, half up"}
    yield {"label": "Days", "value": f"{ta.day(line.starts_on)} to {ta.day(last_day(line.ends_on))}"}
    yield {"label": "Payable days", "value": f"{line.days} of {month_days}"}
    yield {"label": "Rent", "value": f"{ta.pounds(line.rent)} a {line.per}"}
    yield {"label": "Basis", "value": Lease.Basis(line.basis).label}
    yield {"label": "Sum", "value": formula(line.rent, line.basis, line.days, month_days)}
    yield from _who_set(line)


def _who_set(line: ScheduleLine) -> Iterator[dict[str, Any]]:
    rent = rent_set(line)
    if rent is not None:
        yield {"label": "Rent from", "value": ta.day(rent.from_on), "hint": rent.reason}
        yield {"label": "Rent set by", "value": f"{rent.set_by}, {ta.when(rent.set_at)}"}


def _backdated(line: ScheduleLine) -> Iterator[dict[str, Any]]:
    working = line.working or {}
    due, scheduled = Decimal(working["due"]), Decimal(working["scheduled"])
    yield {"label": "Rule", "value": f"What {line.for_month:%B %Y} comes to by today's terms, less what was scheduled"}
    for run in working["runs"]:
        first, after = date.fromisoformat(run["starts_on"]), date.fromisoformat(run["ends_on"])
        yield {"label": "Due", "value": run["sum"], "hint": f"{ta.day(first)} to {ta.day(last_day(after))}"}
    if not working["runs"]:
        yield {"label": "Due", "value": "No payable day in the month"}
    yield {"label": "Due in all", "value": ta.pounds(due)}
    for earlier in _scheduled_before(line):
        yield {
            "label": "Scheduled",
            "value": ta.pounds(earlier.amount),
            "hint": f"on {earlier.schedule}",
            "url": reverse("controc:line_detail", args=[earlier.pk]),
        }
    yield {"label": "Scheduled in all", "value": ta.pounds(scheduled)}
    yield {"label": "Difference", "value": ta.signed_pounds(due - scheduled)}


def _scheduled_before(line: ScheduleLine) -> Iterable[ScheduleLine]:
    return (
        ScheduleLine.objects.filter(
            lease=line.lease,
            payee=line.payee,
            for_month=line.for_month,
            kind__in=[ScheduleLine.Kind.RENT, ScheduleLine.Kind.BACKDATED],
            schedule__status=Schedule.Status.SIGNED_OFF,
        )
        .exclude(schedule=line.schedule_id)
        .filter(schedule__month__lte=line.schedule.month)
        .select_related("schedule")
        .defer("schedule__terms")
        .order_by("schedule__month", "schedule__number", "pk")
    )


def _adjustment(line: ScheduleLine) -> Iterator[dict[str, Any]]:
    if line.adjustment is not None:
        taken = "taken off" if line.amount < 0 else "added"
        yield {"label": "Rule", "value": f"A {line.adjustment.get_kind_display().lower()} is {taken}"}
        yield {"label": "What for", "value": line.adjustment.narrative}
        yield {"label": "Amount", "value": ta.pounds(line.adjustment.amount)}


def _released(line: ScheduleLine) -> Iterator[dict[str, Any]]:
    held = line.releases
    yield {"label": "Rule", "value": "An amount that was held before is paid once its hold is over"}
    if held is not None:
        yield {
            "label": "Held on",
            "value": str(held.schedule),
            "hint": held.held_because,
            "url": reverse("controc:line_detail", args=[held.pk]),
        }
        yield from of_line(held)


@dataclass(frozen=True, slots=True)
class CauseRow:
    key: str
    words: str
    amount: Decimal
    rows: int
    is_unexplained: bool


def causes(result: Bridge) -> list[CauseRow]:
    """The bridge as the page reads it: each cause with its sum and how many leases or payees it touches."""
    sums = result.by_cause
    return [
        CauseRow(
            key=cause.name.lower(),
            words=str(cause.value),
            amount=sums[cause],
            rows=sum(cause in of for rows in (result.by_lease, result.by_payee) for of in rows.values()),
            is_unexplained=cause == Cause.UNEXPLAINED,
        )
        for cause in Cause
    ]


def rows_of_cause(result: Bridge, cause: Cause) -> list[dict[str, Any]]:
    """The leases and payees of one cause, the largest first."""
    of_leases = {pk: of[cause] for pk, of in result.by_lease.items() if cause in of}
    of_payees = {pk: of[cause] for pk, of in result.by_payee.items() if cause in of}
    rows = [
        {
            "ref": lease.ref,
            "name": lease.property.address,
            "url": reverse("leases:lease_detail", args=[lease.ref]),
            "amount": of_leases[lease.pk],
        }
        for lease in Lease.objects.filter(pk__in=of_leases).select_related("property")
    ]
    rows += [
        {
            "ref": payee.party.ref,
            "name": payee.party.name,
            "url": reverse("payees:detail", args=[payee.party.ref]),
            "amount": of_payees[payee.pk],
        }
        for payee in Payee.objects.filter(pk__in=of_payees).select_related("party")
    ]
    return sorted(rows, key=lambda row: (-abs(row["amount"]), row["ref"]))


def checks(
    schedule: Schedule, result: Bridge, user: User, now: datetime, *, failed: str = "", changed: Changed
) -> list[dict[str, Any]]:
    """What sign-off asks, each answered, with the reason and the way to what has to be done.

    `failed` is why the last attempt to sign this version off ended without doing so; `changed` are the records that
    were changed after it was generated.
    """
    open_ = {"STOP": 0, "CHECK": 0, "NOTE": 0}
    for row in selectors.anomaly_counts(schedule):
        open_[row.severity] += row.open
    inbox = reverse("controc:anomaly_list", args=place_args(schedule))
    answers = [
        _check(
            "Every STOP is mended or held",
            not open_["STOP"],
            f"{open_['STOP']} open",
            f"{inbox}?severity=STOP&decision=open",
        ),
        _check(
            "Every CHECK is mended, held or accepted",
            not open_["CHECK"],
            f"{open_['CHECK']} open",
            f"{inbox}?severity=CHECK&decision=open",
        ),
        _check(
            "The bridge closes with £0.00 unexplained",
            result.closes,
            f"{ta.pounds(result.unexplained)} unexplained in all",
            reverse("controc:bridge", args=place_args(schedule)) + "?cause=unexplained",
        ),
    ]
    if schedule.status != Schedule.Status.SIGNED_OFF:
        did = user.pk in services.handled_by(schedule)
        answers.append(
            _check("Prepared and signed by different people", not did, "You prepared or last edited this schedule", "")
        )
        may = services.may_sign(user, now)
        answers.append(
            _check("You may sign off", may, "A team leader, a service manager or a deputy within their dates does", "")
        )
        over = services.limit_refusal(schedule, by=user, now=now)
        answers.append(_check("Every payee is within your approval limit", not over, over, "#above-limit"))
        answers.append(_up_to_date(changed))
        if failed:
            answers.append(_check("The last attempt to sign it off", False, failed, f"#{LAST_ATTEMPT_ID}"))
    return answers


def _up_to_date(changed: Changed) -> dict[str, Any]:
    words = "No lease or payee was changed since it was generated"
    if not changed:
        return {"words": words, "tone": "ok"}
    return {"words": "It may be out of date", "tone": "warning"} | changed_words(changed)


def changed_words(changed: Changed) -> dict[str, Any]:
    """How many records were changed since the schedule was generated, and the first of them with their pages."""
    return {
        "note": f"{ta.counted(len(changed), 'record')} changed since it was generated: ",
        "links": changed[:MOST_NAMED],
        "more": len(changed[MOST_NAMED:]),
    }


def above_limit(schedule: Schedule, user: User, now: datetime) -> list[PayeeTotal]:
    """The payees that this person may not approve, all by name. What is signed off needs no approval any more."""
    if schedule.status == Schedule.Status.SIGNED_OFF:
        return []
    return services.above_limit(schedule, services.signing_limit(user, now))


def _check(words: str, is_met: bool, otherwise: str, url: str) -> dict[str, Any]:
    if is_met:
        return {"words": words, "tone": "ok"}
    return {"words": words, "tone": "error", "note": otherwise, "url": url}


def problems(answers: Sequence[dict[str, Any]], *bound: BaseForm) -> list[tuple[str, str]]:
    """Every message of the forms that were sent, for the error summary, with the field or page that it is about.

    A refusal names the first thing in the way; the other checks that are not met follow it.
    """
    unmet = [answer for answer in answers if answer["tone"] == "error"]
    found, said = [], []
    for form in bound:
        if form.is_bound:
            for name, errors in form.errors.items():
                for message in map(str, errors):
                    about = [answer for answer in unmet if _is_about(answer, message)] if name == "__all__" else []
                    said += about
                    field = CHECKS_ID if name == "__all__" else form[name].id_for_label
                    found.append((message, _cause(about[0]) if about else field))
    if any(form.is_bound and form.non_field_errors() for form in bound):
        found += [
            (f"Not yet so: {answer['words'][0].lower()}{answer['words'][1:]} ({answer['note']})", _cause(answer))
            for answer in unmet
            if answer not in said
        ]
    return found


def _is_about(answer: dict[str, Any], message: str) -> bool:
    named = (word for word in ("STOP", "CHECK", "bridge") if word in message)
    return answer["note"] in message or any(word in answer["words"] for word in named)


def _cause(answer: dict[str, Any]) -> str:
    """The page of what has to be done, or the id of it on this one."""
    return answer["url"].removeprefix("#") or CHECKS_ID


def pack_files(schedule: Schedule) -> list[dict[str, Any]]:
    """The frozen files with their SHA-256 and who took a copy when."""
    kinds = {schedule.pack_pdf_id: "pdf", schedule.pack_xlsx_id: "xlsx"}
    stored = files.without_content().filter(pk__in=[pk for pk in kinds if pk])
    return [
        {"file": file, "url": reverse("controc:pack", args=[*place_args(schedule), kinds[file.pk]])}
        for file in stored.order_by("pk")
    ]
