"""What is recorded of a payee: what is refused first, then what happens."""

import pytest

from contacts.models import Party
from lewisham_ta import audit
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from payments.models import Payee
from payments.payees import selectors, services
from payments.payees.rules import PayeeFacts
from tests.factories import PayeeFactory, UserFactory
from tests.payments.payees.services.helpers import NOW

pytestmark = pytest.mark.django_db

FACTS = PayeeFacts(name="Ada Invented", kind="individual", telephone="020 7946 0001", is_overseas=False)


def test_a_reference_is_given_once():
    by = UserFactory()
    services.add_payee(ref="L0001", facts=FACTS, by=by, now=NOW)
    with pytest.raises(Refused, match="Another party has this reference"):
        services.add_payee(ref="L0001", facts=FACTS, by=by, now=NOW)
    assert Payee.objects.count() == 1


def test_a_supplier_number_of_another_payee_is_refused_and_nothing_stays_behind():
    PayeeFactory(supplier_number="600001")
    facts = PayeeFacts(name="Ada Invented", kind="individual", supplier_number="600001")
    with pytest.raises(Refused, match="Another payee has this supplier number"):
        services.add_payee(ref="L9001", facts=facts, by=UserFactory(), now=NOW)
    assert not Party.objects.filter(ref="L9001").exists()


def test_remittance_by_e_mail_needs_an_address():
    facts = PayeeFacts(name="Ada Invented", kind="individual", remittance_by="email")
    with pytest.raises(Refused, match="Give an e-mail address"):
        services.add_payee(ref="L0001", facts=facts, by=UserFactory(), now=NOW)


def test_a_payee_is_added_with_its_party():
    by = UserFactory()
    payee = services.add_payee(ref="L0001", facts=FACTS, by=by, now=NOW)
    assert selectors.facts_of(selectors.payees().get(pk=payee.pk)) == FACTS
    event = AuditEvent.objects.get()
    assert (event.action, event.by, event.at, event.subject) == ("payee.added", by, NOW, payee)


def change(payee, by=None, seen=None, **facts):
    current = selectors.facts_of(payee)
    return services.change_payee(
        payee_id=payee.pk,
        facts=PayeeFacts(**{field: getattr(current, field) for field in current.__slots__} | facts),
        seen=current.fingerprint if seen is None else seen,
        why="Their letter of 20 November.",
        by=by or UserFactory(),
        now=NOW,
    )


def test_a_payee_that_changed_meanwhile_is_not_overwritten():
    payee = PayeeFactory()
    seen = selectors.facts_of(payee).fingerprint
    change(payee, telephone="020 7946 0999")
    with pytest.raises(Refused, match="while you were typing"):
        change(payee, seen=seen, name="Ada Other")


def test_saving_what_is_there_already_is_refused():
    with pytest.raises(Refused, match=r"^Nothing was changed\.$"):
        change(PayeeFactory())


def test_a_change_to_another_payees_supplier_number_is_refused():
    PayeeFactory(supplier_number="600001")
    with pytest.raises(Refused, match="Another payee has this supplier number"):
        change(PayeeFactory(), supplier_number="600001")


def test_a_change_is_saved_with_who_and_why():
    payee, by = PayeeFactory(party__telephone="020 7946 0001"), UserFactory()
    change(payee, by, telephone="020 7946 0002", is_overseas=True)
    saved = selectors.payees().get(pk=payee.pk)
    assert (saved.party.telephone, saved.is_overseas) == ("020 7946 0002", True)
    event = AuditEvent.objects.get()
    assert (event.by, event.why) == (by, "Their letter of 20 November.")
    assert event.detail == {"changed": ["telephone", "is_overseas"]}


def test_the_latest_change_of_number_and_address_is_known_with_who_made_it():
    payee, by = PayeeFactory(party__telephone="020 7946 0001"), UserFactory(first_name="Jo", last_name="Invented")
    with audit.acting(by):
        Party.objects.filter(pk=payee.party_id).update(telephone="020 7946 0002")
    changes = selectors.contact_changes([payee.party_id])[payee.party_id]
    assert (changes.telephone.who, changes.telephone.was, changes.telephone.now) == (
        "Jo Invented",
        "020 7946 0001",
        "020 7946 0002",
    )
    assert changes.email is None
