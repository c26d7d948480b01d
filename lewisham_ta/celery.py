"""The Celery application. A message only wakes a worker: the `Job` row says what there is to do."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lewisham_ta.settings")

app = Celery("lewisham_ta")
app.config_from_object("django.conf:settings", namespace="CELERY")
