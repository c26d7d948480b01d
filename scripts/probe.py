"""Asks the web server of this container whether it is ready; ends with 1, and why, if it is not. Needs only Python."""

import os
import sys
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

# The server answers only to the names that it is allowed; ".example.org" stands for all below it.
host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
try:
    with urlopen(Request("http://127.0.0.1:8000/health/ready", headers={"Host": host}), timeout=8):
        pass
except HTTPError as refused:
    sys.exit(refused.read().decode())
except URLError as error:
    sys.exit(str(error))
