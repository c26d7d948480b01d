from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.db import DatabaseError, connection
from django.template.loader import render_to_string

from lewisham_ta import files
from lewisham_ta.models import Download, StoredFile
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def stored(name="pack.pdf", content=b"%PDF invented", by=None):
    return files.store(name=name, content=content, content_type=files.PDF, by=by, now=NOON)


def test_a_file_is_kept_byte_for_byte_with_its_digest_maker_and_time():
    by = UserFactory()
    file = StoredFile.objects.get(pk=stored(content=b"\x00\xffpack", by=by).pk)
    assert (bytes(file.content), file.size, file.sha256) == (b"\x00\xffpack", 6, sha256(b"\x00\xffpack").hexdigest())
    assert (file.made_by, file.made_at) == (by, NOON)


@pytest.mark.parametrize(
    "sql", ["UPDATE lewisham_ta_storedfile SET content = ''", "DELETE FROM lewisham_ta_storedfile"]
)
def test_a_stored_file_is_never_changed_or_deleted(sql):
    stored()
    with pytest.raises(DatabaseError, match="pgtrigger_stored_file_kept"):
        connection.cursor().execute(sql)


def test_a_download_is_the_same_bytes_is_saved_and_is_recorded():
    file, by = stored(), UserFactory()
    answer = files.response(file=file, by=by, now=NOON)
    assert answer.content == b"%PDF invented"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="pack.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    download = Download.objects.get()
    assert (download.file, download.taken_by, download.taken_at) == (file, by, NOON)


@pytest.mark.parametrize(
    "sql", ["UPDATE lewisham_ta_download SET taken_at = now()", "DELETE FROM lewisham_ta_download"]
)
def test_the_record_of_a_download_is_kept(sql):
    files.response(file=stored(), by=UserFactory(), now=NOON)
    with pytest.raises(DatabaseError, match="pgtrigger_download_kept"):
        connection.cursor().execute(sql)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("C:\\temp\\a.xlsx", 'attachment; filename="a.xlsx"'),
        ('a"b\r\nX-Bad: 1.pdf', 'attachment; filename="a_b__X-Bad_ 1.pdf"'),
        ("Zoë £5.pdf", "attachment; filename*=utf-8''Zo%C3%AB%20%C2%A35.pdf"),
        ("folder/", 'attachment; filename="file"'),
    ],
)
def test_a_name_cannot_leave_its_folder_or_its_header(name, header):
    assert files.response(file=stored(name), by=UserFactory(), now=NOON)["Content-Disposition"] == header


def test_a_file_that_is_not_what_was_stored_is_not_served():
    file = stored()
    file.content = b"something else"
    with pytest.raises(ValueError, match="is not what was stored"):
        files.response(file=file, by=UserFactory(), now=NOON)
    assert not Download.objects.exists()


@pytest.mark.parametrize("count", [1, 5])
def test_a_list_shows_digest_and_downloads_without_reading_the_bytes(count, django_assert_num_queries):
    by = UserFactory(first_name="Jo", last_name="Invented")
    for number in range(count):
        files.response(file=stored(f"{number}.pdf", by=by), by=by, now=NOON)
    with django_assert_num_queries(2):
        pages = [
            render_to_string("components/_downloads.html", {"file": file, "url": "/x"})
            for file in files.without_content()
        ]
    assert len(pages) == count
    assert "Downloaded 1 time<" in pages[0]
    assert "Jo Invented" in pages[0]
