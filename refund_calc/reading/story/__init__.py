"""Why a return was decided as it was: its whole story over all published nights, for people and for programs."""
