"""A stranger's PDF: whether it is one, and whether it does something by itself."""

import re

_PDF = b"%PDF-"
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|OpenAction|AA)\b")


def is_pdf(content: bytes) -> bool:
    """What a file is, is read from its bytes and never from its name."""
    return content.startswith(_PDF)


def active_part(content: bytes) -> str:
    """What in a PDF acts when it is opened, or ""."""
    found = _ACTIVE.search(content)
    return found[1].decode() if found else ""
