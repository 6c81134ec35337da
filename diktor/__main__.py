"""`python -m diktor`."""

from diktor.cli import main

main()
