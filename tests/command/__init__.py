"""The command line, started as its users start it."""

import pytest

pytest.register_assert_rewrite("tests.command.started")  # its asserts explain themselves like those of a test
