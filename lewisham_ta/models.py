"""The kernel's rows: people, dated settings and limits, jobs, files made for others and the audit log."""

from collections.abc import Callable
from typing import Any

import pghistory
import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q


def tracked(**options: Any) -> Callable[[type[models.Model]], type[models.Model]]:
    """Keep every version of the model's rows, deleted ones too, written by database triggers."""
    # New trackers each time: a tracker remembers the columns of the first model that it met.
    events = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
    decorator: Callable[[type[models.Model]], type[models.Model]] = pghistory.track(*events, **options)
    return decorator


def all_or_none(*names: str) -> Q:
    """A condition that the named columns are all set or all null."""
    return Q(**{f"{name}__isnull": True for name in names}) | Q(**{f"{name}__isnull": False for name in names})


def append_only(name: str) -> pgtrigger.Protect:
    """A trigger that refuses to change or delete rows of the table."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


@tracked(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who uses the product. What they may do comes from their role, a group (see roles.py)."""

    email = models.EmailField("e-mail", blank=True)
    password_is_temporary = models.BooleanField("password must be changed", default=False)

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        permissions = [("manage_people", "Add people and change their roles"), ("see_audit_log", "See the audit log")]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


@tracked()
class PersonRole(User.groups.through):  # type: ignore[name-defined]
    """That a person has a role: Django's own rows, named here so that their history is kept."""

    class Meta:
        proxy = True
        verbose_name = "role"


@tracked()
class Setting(models.Model):
    """The value of a rate, tolerance, period or limit from a date on. Names and defaults are in dated.py."""

    name = models.CharField(max_length=60)
    from_on = models.DateField("from")
    value = models.CharField(max_length=200)
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        permissions = [("change_settings", "Change dated settings")]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "from_on"],
                name="setting_has_one_value_a_day",
                violation_error_message="This setting already changes on that day.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.from_on}"


@tracked()
class ApprovalLimit(models.Model):
    """The highest amount that a person may approve from a date on. Whoever has none is limited by their role only."""

    person = models.ForeignKey(User, models.PROTECT, related_name="approval_limits")
    from_on = models.DateField("from")
    amount = models.DecimalField(max_digits=11, decimal_places=2)
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        permissions = [("set_limits", "Set approval limits")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "from_on"],
                name="approval_limit_once_a_day",
                violation_error_message="This person's limit already changes on that day.",
            ),
            models.CheckConstraint(
                name="approval_limit_set_by_another",
                condition=~Q(person=F("set_by")),
                violation_error_message="Somebody else must set your approval limit.",
            ),
            models.CheckConstraint(
                name="approval_limit_not_below_zero",
                condition=Q(amount__gte=0),
                violation_error_message="An approval limit is not below zero.",
            ),
            models.CheckConstraint(
                name="approval_limit_says_why",
                condition=~Q(reason=""),
                violation_error_message="Say why the limit changes.",
            ),
        ]

    def __str__(self) -> str:
        return f"limit from {self.from_on}"


class StoredFile(models.Model):
    """A file made for others or handed in by them, kept byte for byte. Never changed or deleted (trigger)."""

    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    size = models.PositiveIntegerField("bytes")
    sha256 = models.CharField("SHA-256", max_length=64)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        triggers = [append_only("stored_file_kept")]

    def __str__(self) -> str:
        return self.name


class Download(models.Model):
    """That a person took a copy of a stored file. Append-only."""

    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="downloads")
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    class Meta:
        triggers = [append_only("download_kept")]

    def __str__(self) -> str:
        return f"download {self.pk}"


class AuditEvent(models.Model):
    """What a person did, in the product's words. Append-only; the columns that changed are in the history tables."""

    action = models.CharField(max_length=60)
    subject_type = models.ForeignKey(ContentType, models.PROTECT)
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    why = models.CharField(max_length=500, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="audit_event_subject")]
        triggers = [append_only("audit_event_kept")]

    def __str__(self) -> str:
        return self.action


class Job(models.Model):
    """Long work: what, for whom, how far, with what result. The row is the truth; a Celery message only wakes a worker.

    `attempts` counts the times a worker took it up; `heartbeat_at` is when that worker was last known to live.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=60)
    key = models.CharField("what it is about", max_length=100)
    parameters = models.JSONField(default=dict)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    progress = models.CharField("what it is doing", max_length=200, blank=True)
    result = models.CharField("what came of it", max_length=500, blank=True)
    result_url = models.CharField(max_length=200, blank=True)
    result_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="job_state_is_known", condition=Q(state__in=["waiting", "running", "done", "failed"])
            ),
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(state__in=["waiting", "running"]),
                name="job_waits_or_runs_once",
                violation_error_message="This work is already waiting or running.",
            ),
            models.CheckConstraint(
                name="job_finished_is_stamped",
                condition=Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
            ),
            models.CheckConstraint(name="job_failed_says_why", condition=~Q(state="failed") | ~Q(error="")),
            models.CheckConstraint(name="job_not_more_than_all", condition=Q(done__lte=F("total"))),
        ]
        indexes = [models.Index(fields=["state", "requested_at"], name="job_next")]

    def __str__(self) -> str:
        return self.title


@tracked(exclude=["plan"])
class Upload(models.Model):
    """A workbook that somebody handed in to be loaded, what was understood of it, and what became of it.

    `plan` is what loading it would change, as it was shown; `fingerprint` notices that it would be something else now.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Being read"
        REFUSED = "refused", "Refused"
        WRONG = "wrong", "Has wrong cells"
        READY = "ready", "To be confirmed"
        CONFIRMED = "confirmed", "Loaded"
        ABANDONED = "abandoned", "Not loaded"

    kind = models.CharField(max_length=40)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    refusal = models.CharField("why it was refused", max_length=300, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    counts = models.JSONField(default=list)
    plan = models.JSONField(default=dict)
    writes = models.PositiveIntegerField("records to add or change", default=0)
    fingerprint = models.CharField(max_length=64, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="upload_state_is_known",
                condition=Q(state__in=["waiting", "refused", "wrong", "ready", "confirmed", "abandoned"]),
            ),
            models.CheckConstraint(
                name="upload_confirmed_is_stamped",
                condition=Q(state="confirmed", confirmed_by__isnull=False, confirmed_at__isnull=False)
                | (~Q(state="confirmed") & Q(confirmed_by__isnull=True, confirmed_at__isnull=True)),
            ),
            models.CheckConstraint(name="upload_refused_says_why", condition=~Q(state="refused") | ~Q(refusal="")),
            models.CheckConstraint(
                name="upload_is_understood_before_it_is_confirmed",
                condition=~Q(state__in=["ready", "confirmed"]) | ~Q(fingerprint=""),
            ),
        ]
        indexes = [models.Index(fields=["kind", "-uploaded_at"], name="upload_newest")]
        triggers = [
            pgtrigger.Protect(
                name="upload_confirmed_is_kept",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="confirmed"),
            )
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"
