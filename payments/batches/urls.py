"""Addresses of payments and batches."""

from django.urls import path, re_path

from payments.batches.views import answers, batches, payments

app_name = "batches"
urlpatterns = [
    path("", batches.batch_list, name="list"),
    path("payments/", payments.payment_list, name="payment_list"),
    path("payments/returned/", payments.returned_list, name="returned_list"),
    path("payments/<int:pk>/", payments.payment_detail, name="payment_detail"),
    path("payments/<int:pk>/put-right/", payments.put_right, name="put_right"),
    path("payments/<int:pk>/withdraw/", payments.withdraw, name="withdraw"),
    path("payments/<int:pk>/stop/", payments.stop, name="stop"),
    path("payments/<int:pk>/lift/", payments.lift, name="lift"),
    path("make/", batches.make, name="make"),
    path("outcomes/<int:pk>/", answers.record_outcome, name="record_outcome"),
    path("advices/<int:pk>/", batches.remittance_file, name="remittance_file"),
    path("advices/<int:pk>/again/", batches.email_again, name="email_again"),
    path("<str:number>/", batches.batch_detail, name="detail"),
    path("<str:number>/add/", batches.add, name="add"),
    path("<str:number>/take-out/", batches.take_out, name="take_out"),
    path("<str:number>/send/", batches.send, name="send"),
    path("<str:number>/advices/", batches.remittance_list, name="remittance_list"),
    path("<str:number>/advices/make/", batches.make_advices, name="make_advices"),
    path("<str:number>/advices/print/", batches.print_file, name="print_file"),
    re_path(r"^(?P<number>[^/]+)/(?P<which>sheet|csv)/$", batches.file, name="file"),
]
