"""Getting in, staying in and getting out."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.views.defaults import bad_request

from lewisham_ta import roles
from tests.factories import UserFactory

PASSWORD = "ferry-cradle-almond-96"
LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def no_earlier_attempts():
    cache.clear()  # the rate limits count in it


@pytest.fixture
def officer(db):
    officer = UserFactory(username="j.mensah", first_name="J.", last_name="Mensah")
    officer.set_password(PASSWORD)
    officer.save()
    return officer


def log_in(client, password=PASSWORD, username="j.mensah", **extra):
    return client.post(LOGIN, {"login": username, "password": password}, **extra)


def is_logged_in(client):
    return client.get("/").status_code == 200


def test_a_stranger_is_sent_to_the_log_in_page_and_back(client, officer):
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"] == f"{LOGIN}?next=/"
    assert client.get(LOGIN).status_code == 200


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page_and_says_that_nothing_was_done(client, officer):
    asked = client.post("/controc/2026-11/0/submit/", headers={"Referer": "http://testserver/controc/?find=a"})
    assert asked["Location"] == f"{LOGIN}?next=/controc/%3Ffind%3Da"
    assert "what you sent was not done" in client.get(asked["Location"]).content.decode()


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example.org/controc/", "javascript:alert(1)"])
def test_a_form_sent_from_nowhere_leads_to_the_first_page(client, officer, referer):
    asked = client.post("/controc/2026-11/0/submit/", headers={"Referer": referer})
    assert asked["Location"] == f"{LOGIN}?next=/"


def test_the_right_password_opens_the_first_page(client, officer):
    response = log_in(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    page = client.get("/").content.decode()
    assert "J. Mensah" in page
    assert roles.OFFICER in page


def test_a_wrong_password_is_refused_without_saying_which_half_was_wrong(client, officer):
    wrong_password = log_in(client, password="wrong")
    wrong_name = log_in(client, username="nobody")
    assert wrong_password.status_code == wrong_name.status_code == 200
    said = [response.context["form"].non_field_errors() for response in (wrong_password, wrong_name)]
    assert said[0] == said[1] == ["The user name or the password is wrong."]
    assert 'role="alert"' in wrong_password.content.decode()
    assert not is_logged_in(client)


def test_a_person_who_was_switched_off_cannot_log_in(client, officer):
    officer.is_active = False
    officer.save()
    log_in(client)
    assert not is_logged_in(client)


def test_five_wrong_passwords_lock_the_log_in_even_for_the_right_one(client, officer):
    for _ in range(4):
        assert log_in(client, password="wrong").status_code == 200
    fifth = log_in(client, password="wrong")
    assert fifth.status_code == 429
    assert "locked" in fifth.content.decode()
    assert "wrong 5 times. For 30 minutes" in fifth.content.decode()
    assert log_in(client).status_code == 429
    assert not is_logged_in(client)


def guess(client, times, address="192.0.2.7", **but):
    return [log_in(client, **{"password": "wrong", "REMOTE_ADDR": address} | but).status_code for _ in range(times)]


def test_a_lock_ends_half_an_hour_after_the_fifth_wrong_password_whoever_goes_on_trying(client, officer):
    guess(client, 5)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=29))
    assert guess(client, 3) == [429] * 3
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=1))
    assert log_in(client, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_who_guesses_locks_out_the_place_they_guess_from_and_not_the_person(client, officer):
    assert guess(client, 15) == [200] * 4 + [429] * 11
    assert log_in(client, REMOTE_ADDR="198.51.100.1").status_code == 302


def test_guesses_from_many_addresses_lock_the_name_everywhere(client, officer):
    answers = [guess(client, 1, f"192.0.2.{place}")[0] for place in range(20)]
    assert answers == [200] * 19 + [429]
    page = log_in(client, REMOTE_ADDR="198.51.100.1")
    assert page.status_code == 429
    assert "wrong 20 times" in page.content.decode()
    assert log_in(client, username="p.nair", password="wrong").status_code == 200
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=30))
    assert log_in(client, REMOTE_ADDR="198.51.100.1").status_code == 302


def test_the_right_password_in_time_ends_the_counting(client, officer):
    for _ in range(2):
        assert guess(client, 4) == [200] * 4
        assert log_in(client, REMOTE_ADDR="192.0.2.7").status_code == 302
        client.logout()


def test_a_forged_address_does_not_escape_the_lock(client, officer):
    answers = [log_in(client, password="wrong", headers={"x-forwarded-for": f"198.51.100.{n}"}) for n in range(5)]
    assert answers[-1].status_code == 429


def test_a_lock_is_for_one_name_only(client, officer):
    for _ in range(5):
        log_in(client, username="p.nair", password="wrong")
    assert log_in(client).status_code == 302


def test_many_names_from_one_place_are_slowed_down(client, officer):
    for number in range(20):
        log_in(client, username=f"guess{number}", password="wrong")
    response = log_in(client)
    assert response.status_code == 200
    assert "Too many wrong passwords from your network." in response.content.decode()
    assert not is_logged_in(client)


def test_logging_out_takes_a_button_and_ends_the_session(client, officer):
    log_in(client)
    assert client.get("/account/logout/").status_code == 200
    assert is_logged_in(client)
    assert client.post("/account/logout/")["Location"] == LOGIN
    assert not is_logged_in(client)


def test_half_an_hour_without_a_click_logs_out_and_every_click_counts_anew(client, officer, settings):
    assert settings.SESSION_COOKIE_AGE == 30 * 60
    log_in(client)
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    assert is_logged_in(client)
    assert Session.objects.get().expire_date > timezone.now() + timedelta(minutes=29)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_logged_in(client)


def test_closing_the_browser_logs_out(client, officer):
    assert log_in(client).cookies["sessionid"]["max-age"] == ""


def test_a_password_is_changed_by_who_knows_the_old_one(client, officer):
    new = "harbour-violet-tandem-31"
    log_in(client)
    page = client.post("/account/password/change/", {"oldpassword": "wrong", "password1": new, "password2": new})
    assert page.context["form"].errors.keys() == {"oldpassword"}
    page = client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert page["Location"] == "/"
    officer.refresh_from_db()
    assert officer.check_password(new)
    assert "Your password is changed." in client.get("/").content.decode()


@pytest.mark.parametrize("weak", ["short", "j.mensah2026", "qwerty123456"])
def test_a_weak_password_is_refused(client, officer, weak):
    log_in(client)
    fields = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
    assert client.post("/account/password/change/", fields).status_code == 200
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)


@pytest.mark.parametrize("address", ["signup/", "password/reset/", "email/", "confirm-email/", "2fa/webauthn/"])
def test_nobody_signs_up_or_resets_a_password_by_e_mail(client, officer, address):
    assert client.get(f"/account/{address}").status_code == 404


def code_for(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_with_a_second_factor_the_password_is_not_enough(client, officer):
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(officer, secret)
    assert log_in(client)["Location"].endswith(reverse("mfa_authenticate"))
    assert not is_logged_in(client)
    assert "Second factor" in client.get(reverse("mfa_authenticate")).content.decode()
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert not is_logged_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert is_logged_in(client)


def test_a_person_sets_up_and_gives_up_a_second_factor(client, officer):
    log_in(client)
    asked = client.get(reverse("mfa_activate_totp"))
    assert "Is it you?" in client.get(asked["Location"]).content.decode()
    assert client.post(asked["Location"], {"password": "wrong"}).status_code == 200
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert get_mfa_adapter().decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret
    for name in ("mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp"):
        assert client.get(reverse(name)).status_code == 200
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()


# What the browser may run.

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize("address", [LOGIN, "/no-such-page/"])
def test_the_content_security_policy_allows_only_what_we_serve(client, db, address):
    policy = client.get(address)["Content-Security-Policy"]
    directives = {words.split()[0]: words.split()[1:] for words in policy.split("; ")}
    assert directives["default-src"] == ["'self'"]
    assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in policy
    assert "script-src" not in directives
    assert "style-src" not in directives


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_no_template_has_an_inline_script_style_or_handler(template):
    words = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", words), "inline script"
    assert not re.search(r"<style\b|\bstyle\s*=", words), "inline style"
    assert not re.search(r"<[^>{%]*\son[a-z]+\s*=", words), "event handler"
    assert "javascript:" not in words


# The pages that say no.


def test_what_is_not_there_says_so_in_words(client, officer):
    client.force_login(officer)
    page = client.get("/no-such-page/")
    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()
    assert "Traceback" not in page.content.decode()


def test_an_old_form_is_refused_in_words(officer):
    page = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "j.mensah", "password": PASSWORD})
    assert page.status_code == 403
    assert "open too long" in page.content.decode()


def test_a_failure_of_ours_says_so_without_showing_its_inside(client, officer, monkeypatch):
    def breaks(*args):
        raise RuntimeError("the inside")

    monkeypatch.setattr("lewisham_ta.work.items", breaks)
    client.force_login(officer)
    client.raise_request_exception = False
    page = client.get("/")
    assert page.status_code == 500
    assert "Something went wrong here" in page.content.decode()
    assert "the inside" not in page.content.decode()


def test_what_cannot_be_read_says_so(client, officer, rf):
    page = bad_request(rf.get("/"), ValueError("the inside"))
    assert "That could not be read" in page.content.decode()
