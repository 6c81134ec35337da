"""`diktor` as the pipeline's tests run it: commands that are not there yet stood for by the least that could be true.

Only `data …` and `release …`; whatever else is the real command. Releases are kept in a file of the data folder.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parents[2] / "triton_models" / "speech_defects_1" / "release.json"


def main() -> None:
    """Stand in, or become the real one."""
    arguments = sys.argv[1:]
    if arguments[0] not in ("data", "release"):
        os.execv(sys.executable, [sys.executable, "-m", "diktor", *arguments])
    print(f"standing in for diktor {' '.join(arguments)}")
    result = {"data": data, "release": release}[arguments[0]](arguments[1], arguments[2:])
    print(json.dumps(result))


def data(command: str, arguments: list[str]) -> dict[str, Any]:
    """fetch copies a folder, validate names files that are missing, from-calls finds nothing new."""
    if command == "from-calls":
        return {"skip": "0 new calls, 50 are wanted"}
    folder = Path(arguments[0])
    if command == "fetch":
        out = Path(arguments[2])
        if not folder.is_dir():
            raise SystemExit(f"diktor: {folder} is not there")
        shutil.copytree(folder, out, dirs_exist_ok=True)
        return {"folder": str(out)}
    names = [line.split(",")[0] for line in (folder / "data_train.csv").read_text().splitlines()]
    missing = [name for name in names if not (folder / "data_mp3" / "train" / name).exists()]
    for name in missing:
        print(f"wrong {name}: the file is missing")
    if missing and "--drop" not in arguments:
        raise SystemExit(f"diktor: {len(missing)} of {len(names)} recordings are wrong")
    return {"folder": str(folder), "recordings": len(names), "problems": missing}


def release(command: str, arguments: list[str]) -> dict[str, Any]:
    """A store of numbers and documents, with a pointer."""
    file = Path(os.environ["DIKTOR_HOME"]) / "stand-in-releases.json"
    state = json.loads(file.read_text()) if file.exists() else {"documents": {"1": str(SHIPPED)}, "history": [1]}
    known, history = state["documents"], state["history"]
    if command == "add":
        (document,) = Path(arguments[0]).glob("speech_defects_*/release.json")
        number = max(map(int, known)) + 1
        known[str(number)] = str(document)
    elif command == "deploy":
        number = int(arguments[0])
        history.append(number)
    elif command == "roll-back":
        if len(history) < 2:
            raise SystemExit("diktor: there is nothing to go back to")
        history.pop()
        number = history[-1]
    else:
        number = history[-1] if arguments[0] == "active" else int(arguments[0])
    if str(number) not in known:
        raise SystemExit(f"diktor: there is no release {number}")
    file.write_text(json.dumps(state))
    return {"release": number, "document": json.loads(Path(known[str(number)]).read_text())}


if __name__ == "__main__":
    main()
