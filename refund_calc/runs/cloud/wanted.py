"""What a command needs of OUT in a store."""

from enum import Enum, auto


class Wanted(Enum):
    """What is fetched of OUT."""

    FOR_A_RUN = auto()  # the last nights whole, of the others what a night asks
    RECORD = auto()  # manifests and record files
    WHOLE = auto()  # every file of every night
    ANEW = auto()  # the same, and nothing that was fetched before counts
