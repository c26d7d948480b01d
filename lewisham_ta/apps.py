from django.apps import AppConfig


class Kernel(AppConfig):
    name = "lewisham_ta"
    verbose_name = "Temporary accommodation accounts"

    def ready(self) -> None:
        from lewisham_ta import navigation

        navigation.register("Home", "home", order=0)
