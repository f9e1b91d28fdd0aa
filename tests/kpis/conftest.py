import pytest


@pytest.fixture
def shelves(settings, tmp_path):
    """Where uploads wait: a folder of this test's own."""
    settings.UPLOADS_DIR = tmp_path / "uploads"
    return settings.UPLOADS_DIR
