"""The one kind of table every list page uses, and the columns it is made of.

A page declares a subclass of `Table`, gives it rows (a queryset or a list), the request, and totals worked out in SQL;
`table_response` answers `?export=xlsx` with all the rows that the filters leave.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_tables2
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeData, SafeString, mark_safe
from django_tables2.data import TableQuerysetData
from django_tables2.utils import A

from lewisham_ta import icons
from lewisham_ta.cells import Cells
from lewisham_ta.exports import XLSX, workbook
from lewisham_ta.templatetags import ta

PER_PAGE = 50


class Column(django_tables2.Column):
    """Text. `css` is the class of every cell and of the heading."""

    css = ""

    def __init__(self, *args: Any, css: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.css = css or self.css


class NumberColumn(Column):
    """Counts, nights, days: right-aligned, 1,105."""

    css = "figure"

    def render(self, value: int) -> str:
        return ta.count(value)

    def value(self, value: int) -> int:
        return value


class MoneyColumn(Column):
    """Pounds, right-aligned, two places. The heading says £. `signed` writes + on a difference."""

    css = "figure"

    def __init__(self, *args: Any, signed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signed = signed

    def render(self, value: Decimal) -> str:
        words = ta.signed_money(value) if self.signed else ta.money(value)
        return words if value else format_html('<span class="zero">{}</span>', words)

    def value(self, value: Decimal) -> Decimal:
        return value


class DayColumn(Column):
    """A date as 23/11/26, or as 23/11 when `in_month`. `last_day` shows an exclusive end as the last day."""

    css = "date"

    def __init__(self, *args: Any, in_month: bool = False, last_day: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_month, self.last_day = in_month, last_day

    def render(self, value: date) -> str:
        shown = self.value(value)
        return ta.day_in_month(shown) if self.in_month else ta.day_short(shown)

    def value(self, value: date) -> date | None:
        return ta.last_day(value) if self.last_day else value


class WhenColumn(Column):
    """An instant as 23 Nov 2026, 14:02 in London."""

    css = "date"

    def render(self, value: datetime) -> str:
        return ta.when(value)

    def value(self, value: datetime) -> datetime:
        return value


class TagColumn(Column):
    """A status as word, shape and colour. `tones` maps the stored value to a tone; the word is its label."""

    def __init__(self, *args: Any, tones: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tones = tones or {}

    def render(self, value: Any, record: Any, bound_column: Any) -> SafeString:
        # A field with choices comes as its label; the tone hangs on what is stored.
        stored = bound_column.accessor.resolve(record)
        return icons.tag(str(value), self.tones.get(stored) or ta.tone(stored))

    def value(self, value: Any) -> str:
        return str(value)


class CheckColumn(Column):
    """A box a row, ticked for the bulk bar whose form has the id `form`. `amount` names what it adds up.

    The boxes belong to that form through their `form` attribute, so that a row may have forms of its own.
    """

    css = "check"

    def __init__(self, *args: Any, form: str = "bulk", label: str = "", amount: str = "", **kwargs: Any) -> None:
        kwargs |= {"orderable": False, "exclude_from_export": True}
        kwargs.setdefault("accessor", "pk")
        super().__init__(*args, **kwargs)
        self.form = form
        self.label, self.amount = A(label or self.accessor), A(amount)

    @property
    def header(self) -> SafeString:
        return mark_safe(
            '<input type="checkbox" class="form-check-input" data-check-all hidden'
            ' aria-label="Select all on this page">'
        )

    def render(self, value: Any, record: Any, table: "Table") -> SafeString:
        amount = self.amount.resolve(record) if self.amount else ""
        return format_html(
            '<input{} type="checkbox" class="form-check-input" name="selected" value="{}" form="{}" data-amount="{}"'
            ' aria-label="Select {}">',
            mark_safe(" checked") if str(value) in table.ticked else "",
            value,
            self.form,
            "" if amount is None else amount,
            self.label.resolve(record),
        )


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as the template prints it: the tone of its bar, its cells, and the reason under it."""

    tone: str
    cells: SafeString
    reason: str


class Table(django_tables2.Table):
    """A table in the house style. Subclasses declare columns, and may answer `tone` and `reason` for a row.

    `caption` names the table for everybody who cannot see where it stands; `noun` counts its rows ("Lines 1 to 50 of
    180"); `totals` maps column names to sums over all the rows, not only over the page.
    """

    caption = ""
    noun = "Rows"
    empty = "Nothing to show."
    per_page_shown = PER_PAGE
    ticked: Collection[str] = ()

    def __init__(
        self,
        data: Any,
        *,
        request: HttpRequest | None = None,
        caption: str = "",
        totals: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("default", ta.BLANK)
        kwargs.setdefault("empty_text", self.empty)
        super().__init__(data, **kwargs)
        self.caption = caption or self.caption
        self.totals = totals or {}
        if request is not None:
            # What was ticked is still ticked on the page that says why it was refused.
            self.ticked = frozenset(request.POST.getlist("selected"))
            django_tables2.RequestConfig(request, paginate={"per_page": self.per_page_shown}).configure(self)

    def tone(self, record: Any) -> str:
        """What puts a bar at the row's side: "error", "warning", "info" or nothing."""
        return ""

    def reason(self, record: Any) -> str:
        """What is said under the row: a sentence, or the HTML of a template with the actions."""
        return ""

    def _order(self, value: Any) -> None:
        """Sort by the columns asked for and then by the key: equal rows must not swap between two pages."""
        django_tables2.Table.order_by.fset(self, value)
        if isinstance(self.data, TableQuerysetData) and self.order_by:
            self.data.data = self.data.data.order_by(*self.data.data.query.order_by, "pk")

    order_by = property(django_tables2.Table.order_by.fget, _order)

    @property
    def html_id(self) -> str:
        return f"{self.prefix}table"

    def headings(self) -> Iterator[dict[str, Any]]:
        """What the heading row prints, with the direction that each column is sorted in."""
        for column, css in self._shown_columns():
            direction = "descending" if column.order_by_alias.is_descending else "ascending"
            yield {"column": column, "css": css, "sort": direction if column.is_ordered else ""}

    def shown_rows(self) -> Iterator[ShownRow]:
        """The rows of this page. Cells are put together here: in the template it is several times slower."""
        columns = list(self._shown_columns())
        heading = next((column for column, _ in columns if not isinstance(column.column, CheckColumn)), None)
        makers = [Cells(self, column, css, "th" if column is heading else "td") for column, css in columns]
        for row in self.paginated_rows:
            cells = mark_safe("".join([maker.html(row) for maker in makers]))
            yield ShownRow(self.tone(row.record), cells, self.reason(row.record))

    def footings(self) -> list[dict[str, Any]]:
        """The totals row. The first words say how many rows are added up, in the room of all columns before a total."""
        cells: list[dict[str, Any]] = []
        label: dict[str, Any] = {}
        for column, css in self._shown_columns():
            if column.name in self.totals:
                total = self.totals[column.name]
                is_figure = isinstance(column.column, MoneyColumn | NumberColumn)
                words = column.column.render(value=total) if is_figure else str(total)
                cells.append({"css": css, "words": words, "span": 1})
            elif label and cells[-1] is label:
                label |= {"css": "", "span": label["span"] + 1}
            elif not label and not isinstance(column.column, CheckColumn):
                label = {"css": css, "words": f"Total of {self._counted()}", "span": 1}
                cells.append(label)
            else:
                cells.append({"css": css, "words": "", "span": 1})
        return cells

    def _counted(self) -> str:
        """ "1 line", "808 lines"."""
        noun = self.noun.lower()
        return f"{self.row_count:,} {one_of(noun) if self.row_count == 1 else noun}"

    @property
    def has_checks(self) -> bool:
        return any(isinstance(column.column, CheckColumn) for column in self.columns)

    @property
    def reason_span(self) -> int:
        return len(self.columns) - self.has_checks

    @property
    def row_count(self) -> int:
        return self.paginator.count if getattr(self, "paginator", None) else len(self.rows)

    def _shown_columns(self) -> Iterator[tuple[Any, str]]:
        """The columns with their classes; the boxes and the first column stay in view when the rest scrolls."""
        stick = "stick"
        for column in self.columns:
            css = " ".join(filter(None, [getattr(column.column, "css", ""), stick]))
            yield column, css
            is_check = isinstance(column.column, CheckColumn)
            stick = "stick-after-check" if is_check and stick == "stick" else ""


def one_of(noun: str) -> str:
    """ "lines" as "line", "anomalies" as "anomaly", "batches" as "batch"; `static/js/ta.js` does the same."""
    for many, one in (("ies", "y"), ("ches", "ch"), ("s", "")):
        if noun.endswith(many):
            return noun.removesuffix(many) + one
    return noun


def export_rows(table: Table) -> tuple[list[str], Iterator[list[Any]], list[Any] | None]:
    """The headings, all the rows (not only this page's) and the totals of a table, as values and not as HTML."""
    columns = [column for column in table.columns if not column.column.exclude_from_export]
    makers = [Cells(table, column) for column in columns]
    rows = ([_without_html(maker.plain(row)) for maker in makers] for row in table.rows)
    totals = None
    if table.totals:
        totals = [table.totals.get(column.name) for column in columns]
        if totals[0] is None:
            totals[0] = "Total"
    return [strip_tags(str(column.header)) for column in columns], rows, totals


def _without_html(value: Any) -> Any:
    return strip_tags(str(value)) if isinstance(value, SafeData) else value


def table_response(request: HttpRequest, table: Table, name: str) -> HttpResponse | None:
    """The table as an Excel file when the page was asked for with `?export=xlsx`, otherwise None."""
    if request.GET.get("export") != "xlsx":
        return None
    headings, rows, totals = export_rows(table)
    return HttpResponse(
        workbook(name, headings, rows, totals),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{_file_name(name)}.xlsx"'},
    )


def _file_name(name: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in " -_") else "_" for char in name)
