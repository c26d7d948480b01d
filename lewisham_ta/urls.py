"""Every address of the product, a room a line."""

from django.urls import URLPattern, URLResolver, include, path

from lewisham_ta.home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("account/", include("lewisham_ta.account_urls")),
]
