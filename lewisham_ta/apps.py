from django.apps import AppConfig


class Kernel(AppConfig):
    name = "lewisham_ta"
    verbose_name = "Temporary accommodation accounts"
