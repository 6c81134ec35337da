"""`diktor release`: keep releases, deploy one to the running Triton, go back, put one on trial."""

from diktor.cli import Lazy

release = Lazy(
    {
        "list": "diktor.cli.release_keep:list_",
        "show": "diktor.cli.release_keep:show",
        "add": "diktor.cli.release_keep:add",
        "deploy": "diktor.cli.release_serve:deploy",
        "activate": "diktor.cli.release_serve:activate",
        "roll-back": "diktor.cli.release_serve:roll_back",
        "unload": "diktor.cli.release_serve:unload",
        "tidy": "diktor.cli.release_serve:tidy",
        "evaluate": "diktor.cli.release_evaluate:evaluate",
        "compare": "diktor.cli.release_compare:compare",
        "remove": "diktor.cli.release_keep:remove",
    },
    name="release",
    help="Keep releases, deploy one to the running Triton, go back, put one on trial.",
)
