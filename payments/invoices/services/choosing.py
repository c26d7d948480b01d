"""Several decisions of one page, each line its own, all or none."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit
from payments.invoices.models import Invoice, InvoiceLine
from payments.invoices.services.checking import CHECK, Decision, lock_to_change
from payments.invoices.services.deciding import check_denied, take_decision

# What is taken off, asked or refused is explained by what the check found, if the officer adds nothing.
EXPLAINED = {Decision.SHORT_PAY, Decision.BUT_AWAY, Decision.QUERY, Decision.REJECT}


@transaction.atomic
def decide_each(
    *, invoice_id: int, decisions: Mapping[int, str], reason: str = "", seen_version: int, by: User, now: datetime
) -> Invoice:
    """Decide lines of one invoice, each as `decisions` says. Without a reason the check's own words are the reason, but
    where it says something that a person has to look at first."""
    permit(by, CHECK)
    if not decisions:
        raise Refused("Choose what becomes of at least one line.")
    found = dict(InvoiceLine.objects.filter(pk__in=decisions, invoice=invoice_id).values_list("pk", "findings"))
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for line, decision in decisions.items():
        why = reason.strip()
        findings = found.get(line, ())
        is_to_be_paid = decision in (Decision.SHORT_PAY, Decision.BUT_AWAY)
        if not why and decision in EXPLAINED and not (is_to_be_paid and any(each.get("held") for each in findings)):
            said = "away" if decision == Decision.BUT_AWAY else "code"
            why = " ".join(each["words"] for each in findings if each.get(said))
        alike[decision, why[:300]].append(line)
    invoice, freed = lock_to_change(invoice_id, seen_version), set[int]()
    for (decision, why), lines in alike.items():
        freed |= take_decision(invoice, lines, decision=decision, reason=why, by=by, now=now)
    check_denied(invoice, freed, by=by, reason=reason, now=now)
    return invoice
