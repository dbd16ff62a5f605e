"""A night in part files that kills itself when a stage begins: `python -m tests.runs.partitions.killed OUT STAGE`."""

import os
import signal
import sys
from pathlib import Path

from tests.runs.partitions.compared import in_parts
from tests.sample import nights


def main(out: Path, last_stage: str) -> None:
    def progress(stage: str, done: int = 0, total: int = 0) -> None:
        if stage == last_stage:
            os.kill(os.getpid(), signal.SIGKILL)

    nights.run(out, nights.MAIN, with_page=False, split=in_parts(3, part_files=True), progress=progress)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
