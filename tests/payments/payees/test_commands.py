"""The commands: one line and exit code 1 for a mistake, an answer for everything else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from lewisham_ta.models import AuditEvent
from lewisham_ta.roles import AUDITOR
from payments.models import BankDetails, ModulusWeight, SortCodeSubstitution
from payments.payees.rules import Outcome, check_account
from payments.payees.selectors import modulus_table
from tests.factories import BankDetailsFactory, UserFactory
from tests.payments.payees.modulus_cases import INVALID, ROWS, SUBSTITUTES, VALID

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def tables(tmp_path):
    valacdos, scsubtab = tmp_path / "valacdos.txt", tmp_path / "scsubtab.txt"
    valacdos.write_text(ROWS)
    scsubtab.write_text(SUBSTITUTES)
    return valacdos, scsubtab


def test_a_malformed_table_is_refused_and_the_old_one_stays(tables):
    valacdos, scsubtab = tables
    run("load_modulus_weights", str(valacdos), str(scsubtab))
    valacdos.write_text(ROWS.replace("DBLAL", "DBLAX", 1))
    with pytest.raises(CommandError, match=r"^valacdos\.txt, line 8: the method DBLAX"):
        run("load_modulus_weights", str(valacdos), str(scsubtab))
    assert ModulusWeight.objects.count() == len(ROWS.splitlines())


def test_a_malformed_substitution_table_leaves_both_as_they_were(tables):
    valacdos, scsubtab = tables
    scsubtab.write_text("938600")
    with pytest.raises(CommandError, match=r"scsubtab\.txt, line 1"):
        run("load_modulus_weights", str(valacdos), str(scsubtab))
    assert not ModulusWeight.objects.exists()


def test_a_file_that_is_not_there_is_one_sentence(tables):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run("load_modulus_weights", "nowhere.txt", str(tables[1]))


def test_loading_replaces_the_table_and_prints_what_it_loaded(tables):
    run("load_modulus_weights", *map(str, tables))
    assert run("load_modulus_weights", *map(str, tables)) == "Loaded 25 weight rows and 1 substitute sort codes.\n"
    assert (ModulusWeight.objects.count(), SortCodeSubstitution.objects.count()) == (25, 1)
    assert AuditEvent.objects.filter(action="modulus_table.loaded").count() == 2


def test_a_loaded_table_answers_as_the_published_cases_do(tables):
    run("load_modulus_weights", *map(str, tables))
    table = modulus_table()
    assert {check_account(*account, table).outcome for account in VALID} == {Outcome.VALID}
    assert {check_account(*account, table).outcome for account in INVALID} == {Outcome.INVALID}


@pytest.mark.parametrize("arguments", [("08999", "66374958"), ("089999", "6637495"), ("O89999", "66374958")])
def test_malformed_input_is_an_error(arguments):
    with pytest.raises(CommandError, match="digits"):
        run("check_account", *arguments)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("089999", "66374958"), "Valid: passes MOD10."),
        (("08-99-99", "66374958"), "Valid: passes MOD10."),
        (("08 99 99", "6637 4958"), "Valid: passes MOD10."),
        (("089999", "66374959"), "Invalid: this account number cannot belong to sort code 08-99-99 (fails MOD10)."),
        (("99-99-99", "12345678"), "Not checkable: sort code 99-99-99 is not in the published table"),
    ],
)
def test_every_verdict_is_an_answer(tables, arguments, answer):
    run("load_modulus_weights", *map(str, tables))
    assert run("check_account", *arguments).startswith(answer)


def test_without_a_table_the_answer_says_so():
    assert run("check_account", "089999", "66374958").startswith("No table loaded: ")


def test_who_may_not_approve_is_refused():
    BankDetailsFactory(waiting=True)
    auditor = UserFactory(groups=[AUDITOR])
    with pytest.raises(CommandError, match="does not allow this"):
        run("approve_bank_details", "--by", auditor.username)
    assert not BankDetails.objects.filter(status="approved").exists()


def test_who_loaded_the_register_is_refused_in_one_line():
    by = UserFactory()
    BankDetailsFactory.create_batch(2, waiting=True, requested_by=by)
    with pytest.raises(CommandError, match=r"^Nothing was approved\. F.* someone else must approve it\. And 1 more\.$"):
        run("approve_bank_details", "--by", by.username)
    assert not BankDetails.objects.filter(status="approved").exists()


def test_another_person_approves_what_waits_and_is_told_what_was_left():
    by = UserFactory()
    BankDetailsFactory.create_batch(2, waiting=True)
    BankDetailsFactory(waiting=True, requested_by=by, payee__party__ref="L9999")
    answer = run("approve_bank_details", "--by", by.username)
    assert "Not approved: L9999 " in answer
    assert answer.endswith("Approved: 2 first, 0 changed.\n")


def test_with_nothing_waiting_there_is_nothing_to_refuse():
    assert run("approve_bank_details", "--by", UserFactory().username) == ("Approved: 0 first, 0 changed.\n")
