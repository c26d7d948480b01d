"""Addresses of payees. A reference may contain a slash, so what follows it comes first."""

from django.urls import path

from payments.payees.views import approvals, modulus, payees, requests

app_name = "payees"

urlpatterns = [
    path("", payees.payee_list, name="list"),
    path("add/", payees.payee_add, name="add"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/first/", approvals.approve_first, name="approve_first"),
    path("account-check/", modulus.account_check, name="account_check"),
    path("account-check/load/", modulus.load_table, name="load_table"),
    path("bank-details/<int:pk>/", requests.request_detail, name="request"),
    path("bank-details/<int:pk>/call-back/", requests.call_back, name="call_back"),
    path("bank-details/<int:pk>/approve/", requests.approve, name="approve"),
    path("bank-details/<int:pk>/refuse/", requests.refuse, name="refuse"),
    path("<path:ref>/change/", payees.payee_change, name="change"),
    path("<path:ref>/bank-details/", requests.request_change, name="request_change"),
    path("<path:ref>/", payees.payee_detail, name="detail"),
]
