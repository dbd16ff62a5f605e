"""A night on workers that kills itself when a stage of it begins.

`python -m tests.runs.machines.killed OUT STAGE [SIGNAL] [SCHEDULER]`; without a scheduler on two processes of its own.
"""

import os
import signal
import sys
from pathlib import Path

from refund_calc.runs.machines.cluster import Machines
from refund_calc.runs.partitions.settings import Split
from tests.sample import nights


def main(out: Path, last_stage: str, number: int, scheduler: str = "") -> None:
    def progress(stage: str, done: int = 0, total: int = 0) -> None:
        if stage == last_stage:
            os.kill(os.getpid(), number)

    there = Split(workplace=Machines(scheduler=scheduler, workers=0 if scheduler else 2))
    nights.run(out, nights.MAIN, with_page=False, split=there, progress=progress)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], getattr(signal, sys.argv[3]), *sys.argv[4:])
