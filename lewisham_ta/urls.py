"""Every address of the product, a room a line."""

from django.urls import URLPattern, URLResolver, include, path

from lewisham_ta import health
from lewisham_ta.home import home
from lewisham_ta.views import jobs, search

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("search/", search.search, name="search"),
    path("jobs/", jobs.job_list, name="job_list"),
    path("jobs/<int:pk>/", jobs.job_detail, name="job_detail"),
    path("jobs/<int:pk>/retry/", jobs.job_retry, name="job_retry"),
    path("jobs/<int:pk>/file/", jobs.file_download, name="file_download"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("account/", include("lewisham_ta.account_urls")),
]
