"""A statement of account as a file: a PDF for the landlord, a workbook for whoever wants to add it up."""

from lewisham_ta import pdf
from lewisham_ta.exports import workbook
from payments.controc.statements.selectors import Statement

COLUMNS = ("Date", "What", "Lease", "Property", "Address", "Working", "Due £", "Paid £", "Balance £", "Note")


def statement_xlsx(statement: Statement) -> bytes:
    opening = (None, "Opening balance", "", "", "", "", None, None, statement.opening, "")
    rows = [
        (
            entry.on,
            entry.what,
            entry.lease,
            entry.property,
            entry.address,
            entry.working,
            entry.due,
            entry.paid,
            entry.balance,
            entry.note,
        )
        for entry in statement.entries
    ]
    totals = (None, "Total", "", "", "", "", statement.due, statement.paid, statement.closing, "")
    return workbook(f"Statement {statement.payee.party.ref}", COLUMNS, [opening, *rows], totals)


def statement_pdf(statement: Statement) -> bytes:
    return pdf.render(
        "payments/controc/statement_pdf.html",
        {"title": f"Statement of account, {statement.payee.party.name}", "statement": statement},
    )


def file_name(statement: Statement, suffix: str) -> str:
    span = f"{statement.first_month:%Y-%m} to {statement.last_month:%Y-%m}"
    return f"Statement {statement.payee.party.ref} {span}.{suffix}"
