"""Addresses of providers' invoices."""

from django.urls import path

from payments.invoices.views import check, expected, files, lines, lists, loading, moves, queries

app_name = "invoices"

urlpatterns = [
    path("", lists.invoice_list, name="list"),
    path("expected/", expected.expected, name="expected"),
    path("expected/accrual/", expected.accrual, name="accrual"),
    path("expected/<int:pk>/", expected.chase, name="chase"),
    path("load/", loading.load, name="load"),
    path("load/<str:token>/", loading.understood, name="understood"),
    path("type/<str:token>/", loading.typed, name="typed"),
    path("received/<str:token>/", files.received_pdf, name="received_pdf"),
    path("<int:pk>/file/", files.invoice_file, name="file"),
    path("<int:pk>/pdf/", files.invoice_pdf, name="pdf"),
    path("<int:pk>/", check.invoice_detail, name="detail"),
    path("<int:pk>/decide/", check.decide, name="decide"),
    path("<int:pk>/accept/", check.accept, name="accept"),
    path("<int:pk>/recheck/", check.recheck, name="recheck"),
    path("<int:pk>/submit/", moves.submit, name="submit"),
    path("<int:pk>/approve/", moves.approve, name="approve"),
    path("<int:pk>/return/", moves.return_, name="return"),
    path("<int:pk>/reject/", moves.reject, name="reject"),
    path("<int:pk>/void/", moves.void, name="void"),
    path("<int:pk>/query/", queries.query, name="query"),
    path("queries/<int:pk>/reply/", queries.reply, name="reply"),
    path("emails/<int:pk>/again/", queries.email_again, name="email_again"),
    path("lines/<int:pk>/", lines.line_detail, name="line"),
    path("lines/<int:pk>/decide/", lines.line_decide, name="line_decide"),
    path("lines/<int:pk>/booking/", lines.line_booking, name="line_booking"),
]
