"""What static/js/ta.js adds to the pages, each on a page made of the project's own pieces."""

import mimetypes
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.template import engines
from django.test import RequestFactory

from lewisham_ta import tables

HOST = "http://ta.example.org"
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; form-action 'self'"


class LineTable(tables.Table):
    caption, noun = "Lines", "Lines"
    pick = tables.CheckColumn(label="ref", amount="amount")
    ref = tables.Column("Line", linkify=lambda record: f"/lines/{record['pk']}/")
    amount = tables.MoneyColumn("Amount £")


ROWS = [{"pk": number, "ref": f"L{number:03d}", "amount": Decimal("0.10") * number} for number in range(1, 9)]
TABLE = """{% load render_table from django_tables2 %}{% render_table table %}
{% include "components/_bulk_bar.html" with noun="lines" buttons=buttons reason_label="Reason" %}"""


@pytest.fixture
def shop(page):
    """Show a page whose content is the given template; `shop.sent` lists the forms that reached the server."""

    class Shop:
        sent: list[dict[str, list[str]]] = []
        html = ""

        def show(self, content: str, path: str = "/", **context: object):
            template = engines["django"].from_string(
                '{% extends "base.html" %}{% block title %}Test{% endblock %}{% block heading %}Test{% endblock %}'
                "{% block content %}" + content + "{% endblock %}"
            )
            request = RequestFactory().get(path)
            request.user = AnonymousUser()
            self.html = template.render({"table": LineTable(ROWS, request=request), **context}, request)
            page.goto(HOST + path)
            return page

    shop = Shop()
    shop.sent = []

    def answer(route):
        request, path = route.request, urlsplit(route.request.url).path
        if path.startswith("/static/"):
            found = Path(finders.find(path.removeprefix("/static/")))
            kind = mimetypes.guess_type(found)[0] or "font/ttf"
            return route.fulfill(body=found.read_bytes(), content_type=kind)
        if request.method == "POST":
            shop.sent.append(parse_qs(request.post_data))
            return route.fulfill(status=204)
        return route.fulfill(body=shop.html, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    page.context.route("**/*", answer)
    return shop


def boxes(page):
    return page.locator("input[name=selected]")


BUTTONS = [{"label": "Hold", "name": "do", "value": "hold"}]


def test_the_bulk_bar_counts_and_adds_up_to_the_penny(shop):
    page = shop.show(TABLE, buttons=BUTTONS)
    bar = page.locator("[data-bulk]")
    assert bar.is_hidden()
    boxes(page).nth(0).click()
    assert "1 line selected" in bar.inner_text()
    boxes(page).nth(1).click()
    assert "2 lines selected" in bar.inner_text()
    assert "£0.30" in bar.inner_text()


def test_shift_takes_the_range_and_the_box_in_the_heading_takes_all(shop):
    page = shop.show(TABLE, buttons=BUTTONS)
    boxes(page).nth(1).click()
    boxes(page).nth(4).click(modifiers=["Shift"])
    assert "4 lines selected" in page.locator("[data-bulk]").inner_text()
    assert page.evaluate("document.querySelector('[data-check-all]').indeterminate")
    page.locator("[data-check-all]").click()
    assert "8 lines selected" in page.locator("[data-bulk]").inner_text()
    page.get_by_role("button", name="Clear selection").click()
    assert page.locator("[data-bulk]").is_hidden()


def test_rows_are_walked_and_ticked_with_the_keyboard(shop):
    page = shop.show(TABLE, buttons=BUTTONS)
    page.get_by_role("region", name="Lines").focus()
    for key in ("ArrowDown", "ArrowDown", "Space", "j", "k", "ArrowDown", "Space"):
        page.keyboard.press(key)
    ticked = page.evaluate("[...document.querySelectorAll('input[name=selected]:checked')].map((box) => box.value)")
    assert ticked == ["2", "3"]


def test_the_keyboard_steps_over_the_heading_of_a_group(shop):
    row = '<tr><td><input type="checkbox" name="selected" value="{}" aria-label="Line {}"></td></tr>'
    head = '<tr class="group"><th scope="rowgroup">To look at</th></tr>'
    lines = "".join(f"<tbody>{head}{row.format(number, number)}</tbody>" for number in (1, 2))
    region = '<div class="table-scroll" tabindex="0" role="region" aria-label="Lines"><table data-grid>'
    page = shop.show(f"{region}{lines}</table></div>")
    page.get_by_role("region", name="Lines").focus()
    focused = []
    for _ in range(2):
        page.keyboard.press("ArrowDown")
        focused.append(page.evaluate("document.activeElement.value"))
    assert focused == ["1", "2"]


def test_what_is_ticked_is_sent_once_however_often_the_button_is_pressed(shop):
    page = shop.show(TABLE, buttons=BUTTONS)
    boxes(page).nth(2).click()
    for _ in range(2):
        page.get_by_role("button", name="Hold").click()
        page.wait_for_timeout(100)
    assert [(form["selected"], form["do"]) for form in shop.sent] == [(["3"], ["hold"])]


def test_what_cannot_be_undone_is_asked_once(shop):
    page = shop.show(
        '<form method="post" data-confirm="Send batch 12 for £18,402.50?" data-submit-once>'
        '<button name="do" value="send" class="btn btn-primary">Send</button></form>'
    )
    page.get_by_role("button", name="Send").click()
    dialog = page.get_by_role("dialog", name="Send batch 12 for £18,402.50?")
    dialog.get_by_role("button", name="No, go back").click()
    assert shop.sent == []
    assert page.evaluate("document.activeElement.value") == "send"
    page.get_by_role("button", name="Send").click()
    page.keyboard.press("Escape")
    assert shop.sent == []
    page.get_by_role("button", name="Send").click()
    dialog.get_by_role("button", name="Yes").click()
    page.wait_for_timeout(100)
    assert shop.sent == [{"do": ["send"]}]


def test_what_lacks_something_is_not_asked_about_but_sent_to_be_told(shop):
    page = shop.show(
        '<form method="post" data-confirm="Sign off for £5.00?" novalidate>'
        '<label><input type="checkbox" name="reviewed" required> Reviewed</label><button>Sign off</button></form>'
    )
    page.get_by_role("button", name="Sign off").click()
    page.wait_for_timeout(100)
    assert page.get_by_role("dialog").count() == 0
    assert shop.sent == [{}]
    page.get_by_label("Reviewed").check()
    page.get_by_role("button", name="Sign off").click()
    assert page.get_by_role("dialog", name="Sign off for £5.00?").is_visible()
    assert shop.sent == [{}]


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(shop):
    page = shop.show(
        '{% include "components/_error_summary.html" with problems=problems only %}'
        '<label for="rent">Rent</label><input id="rent" class="form-control">',
        problems=[("Type the rent in pounds", "rent")],
    )
    assert page.evaluate("document.activeElement.dataset.errorSummary") == ""
    page.get_by_role("link", name="Type the rent in pounds").click()
    assert page.evaluate("document.activeElement.id") == "rent"


def test_a_slash_goes_to_the_search_box_but_not_while_typing(shop):
    page = shop.show('<label for="search">Find</label><input id="search"><label>Note <input id="note"></label>')
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.locator("#note").focus()
    page.keyboard.press("/")
    assert page.locator("#note").input_value() == "/"


def test_rows_copied_from_excel_fill_the_cells_from_where_they_are_pasted(shop):
    row = '<tr>{% for name in "abc" %}<td><input aria-label="Cell"></td>{% endfor %}</tr>'
    page = shop.show(f'<table data-paste="said">{row * 3}</table><p id="said" aria-live="polite"></p>')
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/plain", "L001\\t350.00\\r\\nL002\\t364.00\\r\\nL003\\t1.00\\r\\n");
            const cell = document.querySelectorAll("input")[4];
            cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    values = page.evaluate("[...document.querySelectorAll('input')].map((cell) => cell.value)")
    assert values == ["", "", "", "", "L001", "350.00", "", "L002", "364.00"]
    assert page.locator("#said").inner_text() == "2 rows pasted, 1 did not fit."


def test_every_piece_passes_axe_and_fits_a_phone(shop, accessible, fits_a_phone):
    page = shop.show(
        TABLE
        + """
        {% include "components/_facts.html" with facts=facts only %}
        <section class="panel"><h2>Checks</h2>{% include "components/_checks.html" with checks=checks only %}
        {% include "components/_steps.html" with steps=steps only %}
        {% include "components/_progress.html" with label="Checks" done=8 total=12 only %}
        {% include "components/_definition_list.html" with items=items only %}</section>
        {% for tone in tones %}{% include "components/_status_tag.html" with word="Word" tone=tone only %}{% endfor %}
        {% include "components/_empty.html" with words="Nothing is held." url="/x/" label="See all" only %}
        """,
        buttons=BUTTONS,
        facts=[
            {"label": "Total", "value": "£1.00", "hint": "+£0.10"},
            {"label": "Open", "value": "7", "tone": "error"},
        ],
        checks=[{"words": "Bank changes verified", "tone": "warning", "note": "One is not"}],
        steps=[{"words": "Built", "state": "done", "note": "19 Nov"}, {"words": "Signed", "state": "now", "note": ""}],
        items=[{"label": "Address", "value": "1 Invented Street"}],
        tones=["ok", "warning", "error", "info", "neutral"],
    )
    accessible(page)
    boxes(page).nth(0).click()
    accessible(page)
    fits_a_phone(page)


def test_without_scripts_the_bulk_bar_is_there_and_works(chromium, shop):
    shop.show(TABLE, buttons=BUTTONS)
    plain = chromium.new_context(java_script_enabled=False)
    sent = []

    def answer(route):
        if route.request.method == "POST":
            sent.append(parse_qs(route.request.post_data))
        route.fulfill(body=shop.html, content_type="text/html")

    plain.route("**/*", answer)
    page = plain.new_page()
    page.goto(HOST)
    boxes(page).nth(0).check()
    page.get_by_role("button", name="Hold").click()
    plain.close()
    assert [form["selected"] for form in sent] == [["1"]]


def test_the_totals_and_pages_of_a_long_table_are_seen_without_scrolling(shop):
    rows = [{"pk": number, "ref": f"L{number:03d}", "amount": Decimal("1.00")} for number in range(1, 61)]
    request = RequestFactory().get("/")
    table = LineTable(rows, request=request, totals={"amount": Decimal("60.00")})
    page = shop.show("{% load render_table from django_tables2 %}{% render_table table %}", table=table)
    page.set_viewport_size({"width": 1440, "height": 900})
    foot = page.locator(".table-foot").bounding_box()
    assert foot["y"] + foot["height"] <= 900
    assert page.get_by_text("Total of 60 lines").bounding_box()["y"] < foot["y"]
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.table-scroll')).maxHeight") == "none"


def test_a_choice_that_nobody_made_looks_unmade(shop):
    page = shop.show(
        '<input type="radio" name="a" class="form-check-input"><input type="radio" name="a" class="form-check-input">'
    )
    colour = "getComputedStyle(document.querySelector('input[type=radio]')).backgroundColor"
    assert page.evaluate(colour) == "rgb(255, 255, 255)"


def test_the_answer_to_a_question_says_what_it_does(shop):
    page = shop.show('<form method="post" data-confirm="Send it for £5.00?"><button>Send batch 12</button></form>')
    page.get_by_role("button", name="Send batch 12").click()
    assert page.get_by_role("dialog").get_by_role("button").first.text_content() == "Yes, send batch 12"
