"""What stops a whole run, each with its exit code (rulebook 9): one line that says where, what and what to do."""


class NightStopped(Exception):
    """A run cannot go on; nothing was written. `str()` is the one line for stderr."""

    exit_code = 70


class Misused(NightStopped):
    """An option that does not fit what lies in OUT or is in a warehouse, or a night that is later than tomorrow."""

    exit_code = 2


class BadData(NightStopped):
    """A file, an as_of or the history cannot be used as it is, or a published file may not be read."""

    exit_code = 65


class NoInput(NightStopped):
    """An input file, the inbox or OUT cannot be read, or OUT holds no night and none was to be the first."""

    exit_code = 66


class Unavailable(NightStopped):
    """The scheduler or its workers are not there, or not as they must be; nothing was published."""

    exit_code = 69


class ControlTotalFailed(NightStopped):
    """The night does not add up: nothing was published."""

    exit_code = 70


class CannotCreate(NightStopped):
    """OUT or a warehouse cannot be created or opened for writing."""

    exit_code = 73


class CannotWrite(NightStopped):
    """Writing failed on the way (a full disk, a connection that was cut)."""

    exit_code = 74


class Locked(NightStopped):
    """Another run is at work."""

    exit_code = 75


class BadPolicy(NightStopped):
    """A policy file cannot be read or used, a used version changed, or no version is in force."""

    exit_code = 78
