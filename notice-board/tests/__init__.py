"""What the service promises, proved one promise at a time."""

import pytest

pytest.register_assert_rewrite("tests.support")
