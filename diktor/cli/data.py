"""`diktor data`: training data from elsewhere, looked through, and from the application's own calls."""

from diktor.cli import Lazy

data = Lazy(
    {
        "fetch": "diktor.cli.data_fetch:fetch",
        "validate": "diktor.cli.data_validate:validate",
        "from-calls": "diktor.cli.data_from_calls:from_calls",
    },
    name="data",
    help="Training data: fetch it, validate it, take it from the application's own calls.",
)
