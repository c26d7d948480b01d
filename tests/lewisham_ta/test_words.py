from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Engine
from django.utils.safestring import mark_safe

from lewisham_ta.templatetags import ta


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Decimal("1234.56"), "1,234.56"),
        (Decimal("-1234567.80"), "−1,234,567.80"),
        (Decimal("0.00"), "0.00"),
        (Decimal("0.005"), "0.01"),
        (7, "7.00"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_money_has_commas_two_places_and_a_real_minus(amount, words):
    assert ta.money(amount) == words


def test_a_difference_carries_its_sign_and_no_difference_carries_none():
    assert [ta.signed_money(Decimal(text)) for text in ("905", "-35.09", "0")] == ["+905.00", "−35.09", "0.00"]
    assert [ta.signed_pounds(Decimal(text)) for text in ("905", "-35.09")] == ["+£905.00", "−£35.09"]


def test_pounds_put_the_minus_before_the_pound_sign():
    assert ta.pounds(Decimal("-276.87")) == "−£276.87"


def test_less_than_half_a_penny_is_not_minus_nothing():
    assert ta.money(Decimal("-0.004")) == "0.00"


def test_nothing_and_zero_are_grey():
    assert ta.money_class(Decimal("0.00")) == ta.money_class(None) == "figure zero"
    assert ta.money_class(Decimal("-1")) == "figure"


def test_days_are_written_for_sentences_tables_and_headings():
    on = date(2026, 3, 5)
    assert ta.day(on) == "5 Mar 2026"
    assert ta.long_day(on) == "Thursday 5 March 2026"
    assert ta.day_short(on) == "05/03/26"
    assert ta.day_in_month(on) == "05/03"
    assert ta.month(on) == "March 2026"


@pytest.mark.parametrize("write", [ta.day, ta.long_day, ta.day_short, ta.day_in_month, ta.month, ta.when, ta.period])
def test_no_day_is_a_dash(write):
    assert write(None) == "–"


def test_an_instant_is_told_by_the_clock_in_london():
    assert ta.when(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 Jul 2026, 00:30"
    assert ta.day(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 Jul 2026"
    assert ta.when(datetime(2026, 11, 23, 14, 2, tzinfo=UTC)) == "23 Nov 2026, 14:02"


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "words"),
    [
        (date(2026, 9, 1), date(2026, 10, 1), "1 Sep to 30 Sep 2026"),
        (date(2025, 12, 30), date(2026, 1, 3), "30 Dec 2025 to 2 Jan 2026"),
        (date(2026, 9, 1), date(2026, 9, 2), "1 Sep 2026"),
        (date(2026, 9, 1), None, "from 1 Sep 2026 until further notice"),
    ],
)
def test_a_period_is_written_with_its_last_day(starts_on, ends_on, words):
    assert ta.period(SimpleNamespace(starts_on=starts_on, ends_on=ends_on)) == words


def test_the_exclusive_end_is_shown_as_the_last_day():
    engine = Engine(builtins=["lewisham_ta.templatetags.ta"])
    template = engine.from_string("{{ end|last_day|day }} {{ open|last_day|day }}")
    assert template.render(Context({"end": date(2026, 10, 1), "open": None})) == "30 Sep 2026 –"


def test_a_tag_is_a_word_a_shape_and_a_colour():
    html = ta.status_tag("Held", "warning")
    assert "tag-warning" in html
    assert "<svg" in html
    assert html.endswith("Held</span>")


def test_a_safe_word_does_not_make_the_same_unsafe_word_safe():
    assert "<i>Held</i>" in ta.status_tag(mark_safe("<i>Held</i>"))
    assert "&lt;i&gt;" in ta.status_tag("<i>Held</i>")


def test_a_tag_escapes_its_word_and_refuses_a_tone_that_has_no_colour():
    assert "&lt;b&gt;" in ta.status_tag("<b>")
    with pytest.raises(ValueError, match="not a tone"):
        ta.status_tag("Held", "purple")
