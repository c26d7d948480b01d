# make demo needs nothing but Python; the rest is brought into the checkout by scripts/setup.sh.
.PHONY: demo test check bench screenshots lock clean

demo: ## fill an empty database with a believable borough and serve it
	@scripts/setup.sh
	@.venv/bin/python manage.py demo

test: ## run every test, those in the browser too, a process a core
	@scripts/setup.sh browser
	@.venv/bin/pytest --numprocesses auto --maxprocesses 4 --dist worksteal

check: ## style, types, templates, migrations, settings
	@scripts/setup.sh
	@scripts/check.sh

bench: ## measure against the floors that docs/decisions names
	@scripts/setup.sh
	@.venv/bin/python -m tests.benchmarks

screenshots: ## write the main pages to docs/screenshots
	@scripts/setup.sh browser
	@.venv/bin/python -m tests.screenshots

lock: ## choose the newest allowed versions anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --upgrade \
		--no-emit-index-url --no-header --quiet --output-file requirements.lock

clean: ## stop the embedded services and remove what was made here, the demo's data too
	@[ ! -x .venv/bin/python ] || .venv/bin/python manage.py stop_embedded
	@for kept in var/postgres var/valkey; do [ ! -L $$kept ] || rm -rf "$$(readlink -f $$kept)"; done # see embedded.places
	rm -rf var staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis
