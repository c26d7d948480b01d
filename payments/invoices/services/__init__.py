"""Verbs of the invoice check: one function each, atomic, with who and when."""

from payments.invoices.services.approving import approve, reject, return_to_officer, submit
from payments.invoices.services.choosing import decide_each
from payments.invoices.services.deciding import (
    accept_finding,
    choose_booking,
    decide,
    recheck,
    that_pass,
    that_passes_over,
)
from payments.invoices.services.emailing import email_again, record_chase, send_chase, send_query
from payments.invoices.services.loading import Loaded, confirm_layout, load_invoice
from payments.invoices.services.overpaid import find_overpaid
from payments.invoices.services.querying import draft_query, record_query_sent, record_reply
from payments.invoices.services.receiving import load_understood, receive_file
from payments.invoices.services.voiding import void

__all__ = [
    "Loaded",
    "accept_finding",
    "approve",
    "choose_booking",
    "confirm_layout",
    "decide",
    "decide_each",
    "draft_query",
    "email_again",
    "find_overpaid",
    "load_invoice",
    "load_understood",
    "receive_file",
    "recheck",
    "record_chase",
    "record_query_sent",
    "record_reply",
    "reject",
    "return_to_officer",
    "send_chase",
    "send_query",
    "submit",
    "that_pass",
    "that_passes_over",
    "void",
]
