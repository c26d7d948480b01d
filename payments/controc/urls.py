from django.urls import path

from payments.controc.nets.views import net
from payments.controc.statements.views import statement
from payments.controc.tax.views import withheld
from payments.controc.views import anomalies, deputies, moves, schedules, signing

app_name = "controc"
urlpatterns = [
    path("", schedules.schedule_list, name="schedule_list"),
    path("generate/", moves.generate, name="generate"),
    path("preview/", schedules.preview, name="preview"),
    path("deputies/", deputies.deputy_list, name="deputy_list"),
    path("deputies/<int:pk>/end/", deputies.deputy_end, name="deputy_end"),
    path("held/", anomalies.held_list, name="held_list"),
    path("tax/", withheld, name="withheld"),
    path("lines/<int:pk>/", schedules.line_detail, name="line_detail"),
    path("anomalies/<int:pk>/", anomalies.anomaly_decide, name="anomaly_decide"),
    path("anomalies/<int:pk>/release/", anomalies.release, name="release"),
    path("statements/<path:ref>/", statement, name="statement"),
    path("<str:month>/<int:number>/", schedules.schedule_detail, name="schedule_detail"),
    path("<str:month>/<int:number>/payees/", schedules.payee_totals, name="payee_totals"),
    path("<str:month>/<int:number>/payees/<path:ref>/", net, name="net"),
    path("<str:month>/<int:number>/anomalies/", anomalies.anomaly_list, name="anomaly_list"),
    path("<str:month>/<int:number>/bridge/", schedules.bridge, name="bridge"),
    path("<str:month>/<int:number>/submit/", moves.submit, name="submit"),
    path("<str:month>/<int:number>/discard/", moves.discard, name="discard"),
    path("<str:month>/<int:number>/sign-off/", signing.sign_off, name="sign_off"),
    path("<str:month>/<int:number>/pack/<str:kind>/", signing.pack, name="pack"),
]
