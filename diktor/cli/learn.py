"""`diktor learn`: from speech to a release."""

from diktor.cli import Lazy

learn = Lazy(
    {
        "corpus": "diktor.cli.learn_corpus:corpus",
        "audit": "diktor.cli.learn_audit:audit",
        "transcribe": "diktor.cli.learn_transcribe:transcribe",
        "foreign": "diktor.cli.learn_foreign:foreign",
        "nonspeech": "diktor.cli.learn_nonspeech:nonspeech",
        "prepare": "diktor.cli.learn_prepare:prepare",
        "pretrain": "diktor.cli.learn_pretrain:pretrain",
        "train": "diktor.cli.learn_train:train",
        "evaluate": "diktor.cli.learn_evaluate:evaluate",
        "contrast": "diktor.cli.learn_contrast:contrast",
        "false-alarms": "diktor.cli.learn_false_alarms:false_alarms",
        "codecs": "diktor.cli.learn_codecs:codecs",
        "ablate": "diktor.cli.learn_ablate:ablate",
        "report": "diktor.cli.learn_report:report",
        "export": "diktor.cli.learn_export:export",
    },
    name="learn",
    help="From speech to a release: corpus, audit, transcribe, prepare, pretrain, train, evaluate, report, export.",
)
