"""Every address of the product, a room a line."""

from django.urls import URLPattern, URLResolver, include, path

from lewisham_ta import health
from lewisham_ta.home import home
from lewisham_ta.views import audit_log, imports, jobs, limits, people, search, settings

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("search/", search.search, name="search"),
    path("jobs/", jobs.job_list, name="job_list"),
    path("jobs/<int:pk>/", jobs.job_detail, name="job_detail"),
    path("jobs/<int:pk>/retry/", jobs.job_retry, name="job_retry"),
    path("jobs/<int:pk>/file/", jobs.file_download, name="file_download"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/<slug:kind>/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/load/", imports.import_load, name="import_load"),
    path("imports/<int:pk>/abandon/", imports.import_abandon, name="import_abandon"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("settings/", settings.settings_list, name="settings_list"),
    path("settings/limits/", limits.limit_list, name="limit_list"),
    path("settings/limits/<int:pk>/", limits.limit_detail, name="limit_detail"),
    path("settings/limits/<int:pk>/set/", limits.limit_set, name="limit_set"),
    path("settings/limits/coming/<int:pk>/withdraw/", limits.limit_withdraw, name="limit_withdraw"),
    path("settings/<slug:name>/", settings.setting_detail, name="setting_detail"),
    path("settings/<slug:name>/change/", settings.setting_change, name="setting_change"),
    path("settings/values/<int:pk>/withdraw/", settings.setting_withdraw, name="setting_withdraw"),
    path("people/", people.people_list, name="people_list"),
    path("people/add/", people.person_add, name="person_add"),
    path("people/<int:pk>/", people.person_detail, name="person_detail"),
    path("people/<int:pk>/role/", people.person_role, name="person_role"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("people/<int:pk>/password/", people.person_reset_password, name="person_reset_password"),
    path("audit/", audit_log.audit_log, name="audit_log"),
    path("account/", include("lewisham_ta.account_urls")),
    path("occupancy/", include("bookings.occupancy.urls")),
    path("academy/", include("bookings.academy.urls")),
    path("clocks/", include("bookings.clocks.urls")),
    path("bookings/", include("bookings.stays.urls")),
    path("households/", include("bookings.households.urls")),
    path("units/", include("bookings.units.urls")),
    path("invoices/", include("payments.invoices.urls")),
    path("leases/", include("payments.leases.urls")),
    path("batches/", include("payments.batches.urls")),
    path("payees/", include("payments.payees.urls")),
    path("overpayments/", include("payments.overpayments.urls")),
    path("controc/", include("payments.controc.urls")),
]
