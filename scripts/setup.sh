#!/usr/bin/env bash
# Brings what the project needs into the checkout: .venv from requirements.lock, every file checked against its hash.
# Two things pip cannot bring: Pango (PDFs) and, with the argument "browser", Chromium (browser tests, screenshots).
# Those are installed by apt where we are root, and otherwise named. Nothing is done twice.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }

# install WHAT PACKAGE... : install Debian packages as root, or say which to install and stop.
install() {
    local what=$1
    shift
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "$what is missing. Install it and start again:  sudo apt-get install $*"
        exit 1
    fi
    say "installing $what ($*)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null || true # packages may be there all the same
    if ! apt-get install -y -qq --no-install-recommends "$@" >/dev/null; then
        say "apt-get could not install $what: see its words above."
        exit 1
    fi
}

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
}

python=$(find_python)
if [ -z "$python" ]; then
    install "Python 3.11 or later" python3
    python=$(find_python)
    [ -n "$python" ] || { say "Python 3.11 or later is missing, and this system's python3 is older: set PYTHON."; exit 1; }
fi

stamp=.venv/made-from-$(sha256sum requirements.lock | cut -c1-16)
if [ ! -e "$stamp" ] || ! .venv/bin/python -c '' 2>/dev/null; then # its Python may be gone since: the system was upgraded
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        "$python" -c 'import ensurepip, venv' 2>/dev/null || install "Python's venv module" python3-venv
        say "making .venv with $("$python" --version)"
        rm -rf .venv
        "$python" -m venv .venv
    fi
    say "installing the libraries of requirements.lock, which takes a minute or two the first time"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
    rm -f .venv/made-from-*
    touch "$stamp"
fi

if ! .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1; then
    install "Pango, which makes the PDFs," libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
fi

# Ubuntu's package chromium-browser is there and runs nothing; the browser that Playwright brings does as well.
runs_chromium() {
    local name
    for name in chromium google-chrome chromium-browser ~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome; do
        if "$name" --version >/dev/null 2>&1; then return; fi
    done
    return 1
}

if [ "${1:-}" = browser ] && ! runs_chromium; then
    install "Chromium, for the browser tests and the screenshots," chromium fonts-liberation
    if ! runs_chromium; then
        say "this system's package chromium does not run. Start again after:  sudo .venv/bin/playwright install-deps chromium" \
            "&& .venv/bin/playwright install chromium"
        exit 1
    fi
fi
