"""The command line: clock, paths and exit codes, nothing else."""
