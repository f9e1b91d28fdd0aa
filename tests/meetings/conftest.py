from datetime import date

import pytest

from tests import make


@pytest.fixture
def begun(agency):
    """Statuses are written here for long: a department that is closed by now wrote the first."""
    former = make.department("Print shop", parent=agency, closed_on=date(2025, 12, 31))
    make.status(former, week=date(2025, 3, 3))
