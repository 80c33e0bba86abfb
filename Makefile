# Every command does all of its own set-up, from a bare checkout, and quickly when there is nothing to do.
# A first word after the command's name: `make demo PORT=8080`, `make test ARGS="tests/rules -x"`.

PORT ?= 8000
ARGS ?=
FOLDER ?= .local/screenshots
PYTHON ?= $(firstword $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python; done))
READY = $(if $(PYTHON),,$(error Python 3.11 or newer is needed: install python3))@$(PYTHON) deploy/bootstrap.py

.PHONY: help demo test screenshots bench lock stop

help:
	@echo "make demo [PORT=8000]   try it: invented homes and residents, served on this machine"
	@echo "make test [ARGS=...]    run every test; ARGS go to pytest"
	@echo "make screenshots [FOLDER=.local/screenshots]   a picture of every screen of the bedside app, day and night, 390 px"
	@echo "make bench              what doses, schedules, imports, photos and screens take, beside floors and targets"
	@echo "make lock               pin the Python packages of pyproject.toml again"
	@echo "make stop               stop the private PostgreSQL of the demo and of the tests; the data stays"

demo:
	$(READY) --port $(PORT)
	@.venv/bin/python manage.py migrate --verbosity 0
	@PORT=$(PORT) .venv/bin/python manage.py demo
	@(.venv/bin/python manage.py rebuild_figures >/dev/null 2>&1 &)
	@PORT=$(PORT) exec .venv/bin/gunicorn --config deploy/gunicorn.conf.py emar.wsgi

test:
	$(READY) --browser
	@.venv/bin/python -m pytest $(or $(ARGS),-n auto --dist loadfile)

screenshots:
	$(READY) --browser
	@.venv/bin/python -m tests.stories.bedside_screens $(FOLDER) --width 390

bench:
	$(READY) --browser
	@for bench in doses drain verify_ledger schedule drafting mar council import_dmd decoding bedside stock; do \
		echo "== $$bench"; .venv/bin/python tests/bench/bench_$$bench.py || exit 1; done

lock:
	$(READY) --lock

stop:
	@EMAR_ENV=test .venv/bin/python -m emar.local_postgres stop
	@EMAR_ENV=demo .venv/bin/python -m emar.local_postgres stop
