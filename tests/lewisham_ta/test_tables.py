from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.html import format_html
from openpyxl import load_workbook

from lewisham_ta import tables
from lewisham_ta.tables import table_response
from payments.models import Lease, Property


class LineTable(tables.Table):
    caption, noun = "Lines of the month", "Lines"
    pick = tables.CheckColumn(label="ref", amount="rent")
    ref = tables.Column("Line", linkify=lambda record: f"/lines/{record['pk']}/")
    rent = tables.MoneyColumn("Rent £")
    change = tables.MoneyColumn("Change £", signed=True)
    starts_on = tables.DayColumn("From")
    ends_on = tables.DayColumn("To", last_day=True)
    state = tables.TagColumn("State", tones={"held": "warning"})

    def tone(self, record):
        return "error" if record["state"] == "stop" else ""

    def reason(self, record):
        return format_html('Stopped <a href="/mend/{}/">Mend</a>', record["pk"]) if record["state"] == "stop" else ""


def line(pk, **changes):
    return {
        "pk": pk,
        "ref": f"00{pk}",
        "rent": Decimal("1767.86"),
        "change": Decimal("-35.09"),
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 12, 1),
        "state": "held",
        **changes,
    }


def shown(rows, query="", **kwargs):
    request = RequestFactory().get(f"/lines/{query}")
    table = LineTable(rows, request=request, **kwargs)
    engine_context = {"table": table, "request": request}
    return render_to_string("django_tables2/ta.html", engine_context)


def test_a_table_has_a_caption_that_names_its_scroll_box():
    html = shown([line(1)])
    assert '<caption class="visually-hidden" id="table-caption">Lines of the month</caption>' in html
    assert 'tabindex="0" role="region" aria-labelledby="table-caption"' in html


def test_cells_are_written_in_the_house_style():
    html = shown([line(1)])
    assert '<td class="figure">1,767.86</td>' in html
    assert '<td class="figure">−35.09</td>' in html
    assert '<td class="date">01/11/26</td>' in html
    assert '<td class="date">30/11/26</td>' in html
    assert "tag-warning" in html


def test_zero_is_grey_and_nothing_is_a_dash():
    html = shown([line(1, rent=Decimal("0.00"), change=None)])
    assert '<span class="zero">0.00</span>' in html
    assert '<td class="figure">–</td>' in html


def test_the_first_column_is_the_heading_of_its_row_and_stays_in_view_beside_the_boxes():
    html = shown([line(1)])
    assert '<th class="stick-after-check" scope="row"><a href="/lines/1/">001</a></th>' in html
    assert '<td class="check stick"><input type="checkbox"' in html


def test_a_box_belongs_to_the_bulk_form_and_knows_its_amount():
    html = shown([line(1)])
    assert 'name="selected" value="1" form="bulk" data-amount="1767.86" aria-label="Select 001"' in html


def test_what_people_typed_is_escaped():
    assert "<script>" not in shown([line(1, ref="<script>")])


def test_sorting_is_said_and_keeps_the_filters_but_not_the_page():
    html = shown([line(1), line(2)], "?state=held&sort=-rent&page=1")
    assert 'aria-sort="descending"' in html
    assert "?state=held&amp;sort=rent" in html
    assert html.index('value="1"') < html.index('value="2"')
    assert "sort=ref&amp;page" not in html


def test_a_flagged_row_has_a_bar_and_its_reason_under_it():
    html = shown([line(1, state="stop")])
    assert '<tr class="flag flag-error has-reason">' in html
    assert '<a href="/mend/1/">Mend</a>' in html


def test_fifty_rows_a_page_and_where_they_stand():
    rows = [line(number) for number in range(1, 181)]
    first, last = shown(rows, "?state=held"), shown(rows, "?page=4")
    assert "Lines 1 to 50 of 180" in first
    assert 'href="?state=held&amp;page=2" rel="next"' in first
    assert "Lines 151 to 180 of 180" in last
    assert 'aria-current="page" aria-label="Page 4"' in last


def test_a_page_that_does_not_exist_is_the_last_one_and_nonsense_the_first():
    rows = [line(number) for number in range(1, 61)]
    assert "Lines 51 to 60 of 60" in shown(rows, "?page=99")
    assert "Lines 1 to 50 of 60" in shown(rows, "?page=x")


def test_an_empty_table_says_so():
    html = shown([])
    assert "Nothing to show." in html
    assert "Export to Excel" not in html


def test_totals_stand_in_the_foot_over_all_rows():
    html = shown([line(number) for number in range(1, 61)], totals={"rent": Decimal("106071.60")})
    foot = html[html.index("<tfoot>") :]
    assert "Total of 60 lines" in foot
    assert '<td class="figure">106,071.60</td>' in foot


def test_the_label_of_the_totals_has_the_room_of_all_columns_before_the_first_total():
    foot = shown([line(1)], totals={"change": Decimal("-35.09")})
    foot = foot[foot.index("<tfoot>") :]
    assert '<td class="check stick"></td><td colspan="2">Total of 1 line</td><td class="figure">−35.09</td>' in foot


@pytest.mark.parametrize(
    ("many", "one"), [("lines", "line"), ("anomalies", "anomaly"), ("batches", "batch"), ("people", "people")]
)
def test_one_of_many_is_named_as_one(many, one):
    assert tables.one_of(many) == one


def test_what_was_ticked_is_still_ticked_when_the_page_comes_back():
    request = RequestFactory().post("/lines/", {"selected": ["2"]})
    table = LineTable([line(1), line(2)], request=request)
    html = render_to_string("django_tables2/ta.html", {"table": table, "request": request})
    assert html.count("<input checked ") == 1
    assert '<input checked type="checkbox" class="form-check-input" name="selected" value="2"' in html


def test_large_numbers_of_rows_have_commas():
    assert "Lines 1 to 50 of 1,105" in shown([line(number) for number in range(1, 1106)])


class NightTable(tables.Table):
    caption, noun = "Nights of the month", "Providers"
    provider = tables.Column("Provider")
    nights = tables.NumberColumn("Nights")


def test_counts_have_commas_on_the_page_and_are_numbers_in_the_workbook():
    request = RequestFactory().get("/nights/?export=xlsx")
    table = NightTable([{"provider": "Foxglove", "nights": 1312}], request=request, totals={"nights": 26476})
    html = render_to_string("django_tables2/ta.html", {"table": table, "request": request})
    assert '<td class="figure">1,312</td>' in html
    assert '<td class="figure">26,476</td>' in html[html.index("<tfoot>") :]
    response = table_response(request, table, "Nights")
    rows = load_workbook(BytesIO(response.content)).worksheets[0].iter_rows(values_only=True)
    assert list(rows) == [("Provider", "Nights"), ("Foxglove", 1312), ("Total", 26476)]


def test_a_strip_of_facts_writes_counts_with_commas_and_leaves_words():
    facts = [{"label": "Units", "value": 1000}, {"label": "Net", "value": "£1,312.50"}]
    html = render_to_string("components/_facts.html", {"facts": facts})
    assert "1,000" in html
    assert "£1,312.50" in html


def test_the_export_holds_every_page_with_values_and_not_html():
    rows = [line(number, state="stop") for number in range(1, 61)]
    request = RequestFactory().get("/lines/?export=xlsx&page=2")
    table = LineTable(rows, request=request, totals={"rent": Decimal("106071.60")})
    response = table_response(request, table, "Lines, November/2026")
    sheet = load_workbook(BytesIO(response.content)).worksheets[0]
    headings, first, *_, total = sheet.iter_rows(values_only=True)
    assert headings == ("Line", "Rent £", "Change £", "From", "To", "State")
    assert first[:3] == ("001", 1767.86, -35.09)
    assert [cell.date() for cell in first[3:5]] == [date(2026, 11, 1), date(2026, 11, 30)]
    assert first[5] == "stop"
    assert total[:2] == ("Total", 106071.6)
    assert sheet.max_row == 62
    assert sheet.auto_filter.ref == "A1:F61"
    assert response["Content-Disposition"] == 'attachment; filename="Lines_ November_2026.xlsx"'


def test_without_being_asked_there_is_no_export():
    request = RequestFactory().get("/lines/")
    assert table_response(request, LineTable([], request=request), "Lines") is None


class LeaseTable(tables.Table):
    ref = tables.Column()
    address = tables.Column("Address", accessor="property__address")
    per = tables.TagColumn("Per", tones={"week": "info"})
    note = tables.Column(empty_values=(), orderable=False)

    def render_note(self, record):
        return f"note on {record.ref}"


def lease(**values):
    return Lease(ref="LS1", property=Property(address="1 <Invented> Street"), **values)


def rows_of(table_class, rows):
    return list(table_class(rows, request=RequestFactory().get("/")).shown_rows())


def test_a_field_with_choices_is_shown_as_its_label_in_the_tone_of_what_is_stored():
    (row,) = rows_of(LeaseTable, [lease(per=Lease.Per.WEEK)])
    assert "tag-info" in row.cells
    assert f"{Lease.Per.WEEK.label}</span>" in row.cells


def test_a_column_may_follow_a_relation_or_be_made_from_the_record():
    (row,) = rows_of(LeaseTable, [lease(per=Lease.Per.WEEK)])
    assert "<td>1 &lt;Invented&gt; Street</td>" in row.cells
    assert "<td>note on LS1</td>" in row.cells


def test_a_relation_that_is_not_set_is_a_dash():
    (row,) = rows_of(LeaseTable, [Lease(ref="LS1", per="")])
    assert "<td>–</td>" in row.cells


def test_a_column_that_is_misspelt_is_a_mistake_and_not_a_dash():
    class Misspelt(tables.Table):
        reff = tables.Column()

    with pytest.raises(AttributeError, match="reff"):
        rows_of(Misspelt, [lease()])


def test_a_cell_may_have_a_class_of_its_own_value():
    class Differing(tables.Table):
        ref = tables.Column()
        rate = tables.MoneyColumn("Rate £", attrs={"td": {"class": lambda value: "differs" if value > 60 else ""}})

    same, over = rows_of(Differing, [{"ref": 1, "rate": Decimal("52")}, {"ref": 2, "rate": Decimal("67.50")}])
    assert '<td class="figure">52.00</td>' in same.cells
    assert '<td class="figure differs">67.50</td>' in over.cells


@pytest.mark.parametrize("piece", ["_facts", "_steps", "_checks", "_definition_list", "_timeline", "_history"])
def test_a_piece_without_rows_is_not_an_error(piece):
    template = Engine.get_default().get_template(f"components/{piece}.html")
    assert template.render(Context({}))
