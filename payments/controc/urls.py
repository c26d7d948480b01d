from django.urls import path

from payments.controc import views
from payments.controc.statements.views import statement

app_name = "controc"
urlpatterns = [
    path("", views.schedule_list, name="schedule_list"),
    path("generate/", views.generate, name="generate"),
    path("preview/", views.preview, name="preview"),
    path("deputies/", views.deputy_list, name="deputy_list"),
    path("deputies/<int:pk>/end/", views.deputy_end, name="deputy_end"),
    path("held/", views.held_list, name="held_list"),
    path("lines/<int:pk>/", views.line_detail, name="line_detail"),
    path("anomalies/<int:pk>/", views.anomaly_decide, name="anomaly_decide"),
    path("anomalies/<int:pk>/release/", views.release, name="release"),
    path("statements/<path:ref>/", statement, name="statement"),
    path("<str:month>/<int:number>/", views.schedule_detail, name="schedule_detail"),
    path("<str:month>/<int:number>/payees/", views.payee_totals, name="payee_totals"),
    path("<str:month>/<int:number>/anomalies/", views.anomaly_list, name="anomaly_list"),
    path("<str:month>/<int:number>/bridge/", views.bridge, name="bridge"),
    path("<str:month>/<int:number>/submit/", views.submit, name="submit"),
    path("<str:month>/<int:number>/discard/", views.discard, name="discard"),
    path("<str:month>/<int:number>/sign-off/", views.sign_off, name="sign_off"),
    path("<str:month>/<int:number>/pack/<str:kind>/", views.pack, name="pack"),
]
