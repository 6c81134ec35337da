# make demo   everything from nothing: environments, the stack, calls scored, a table at the end
# make test   every test, on the real parts
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format up airflow down lock accept chaos bench screenshots clean

python := .venv/app/bin/python
screenshots := pipeline dashboard
benchmarks := pipeline triton_alone live workers bentoml statistics statistics_api constants checks dashboard listeners
export PYTHON

help:
	@echo "make demo     build what is missing, start the stack, score the sample calls, show the table"
	@echo "make test     every test, on the real parts"
	@echo "make check    ruff, mypy, import-linter, deptry"
	@echo "make up       start the stack and leave it running; make down ends it"
	@echo "make airflow  the stack with Airflow, which rebuilds and deploys the model"
	@echo "make setup    the three environments only"
	@echo "make lock     write requirements/*.txt again"
	@echo "make accept   the long proofs; make chaos: parts killed under load; make bench: benchmarks"
	@echo "make screenshots: the pictures in docs/ again"
	@echo "make clean    remove environments, caches and the data folder .diktor"

setup:
	@deploy/setup/run

demo: setup
	@$(python) -m diktor demo

test: setup
	@$(python) -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart 2 $(ARGS)

check: setup
	@.venv/app/bin/ruff check .
	@.venv/app/bin/ruff format --check .
	@.venv/app/bin/mypy
	@.venv/app/bin/lint-imports
	@.venv/app/bin/deptry .

format: setup
	@.venv/app/bin/ruff check --fix-only .
	@.venv/app/bin/ruff format .

airflow: setup
	@$(python) -m diktor up --detach --with-airflow

up: setup
	@$(python) -m diktor up --detach

down:
	@if [ -x $(python) ]; then $(python) -m diktor down; fi

lock:
	@deploy/setup/lock

accept: setup
	@$(python) -m pytest -m "accept and not chaos" -s --timeout 7200 $(ARGS)

chaos: setup
	@DIKTOR_CHAOS_OUTSIDE=1 DIKTOR_CHAOS_TABLE=benchmarks/results/chaos.json $(python) -m pytest -m chaos -s --timeout 7200 $(ARGS)

bench: setup
	@deploy/setup/run bentoml
	@for name in $(benchmarks); do echo "== $$name"; $(python) -m benchmarks.$$name || exit 1; done

screenshots: setup
	@for name in $(screenshots); do echo "== $$name"; $(python) -m docs.screenshots.$$name || exit 1; done

clean: down
	rm -rf .venv .diktor .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
