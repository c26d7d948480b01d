from importlib import import_module
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.forms import Field


def import_tasks() -> None:
    """Import `tasks.py` of each of our apps and of each room in it, so that every process knows every kind of job."""
    for app in apps.get_app_configs():
        if Path(app.path).parent == settings.BASE_DIR:
            for file in sorted([*Path(app.path).glob("tasks.py"), *Path(app.path).glob("*/tasks.py")]):
                import_module(".".join(file.relative_to(settings.BASE_DIR).with_suffix("").parts))


class Kernel(AppConfig):
    name = "lewisham_ta"
    verbose_name = "Temporary accommodation accounts"

    def ready(self) -> None:
        from lewisham_ta import navigation, work
        from lewisham_ta.imports import uploads

        navigation.register("Home", "home", order=0)
        navigation.register(
            "Settings", "settings_list", order=80, section="Administration", permission="lewisham_ta.change_settings"
        )
        navigation.register(
            "People", "people_list", order=85, section="Administration", permission="lewisham_ta.manage_people"
        )
        navigation.register(
            "Audit log", "audit_log", order=90, section="Administration", permission="lewisham_ta.see_audit_log"
        )
        work.register(uploads.work_items)
        # The message at a field says what to do, and reads on from its label in the summary: "Reason: fill this in."
        Field.default_error_messages["required"] = "Fill this in."
        import_tasks()
