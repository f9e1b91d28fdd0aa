from pathlib import Path

import plotly
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage


class PlotlyFinder(BaseFinder):
    """Serves plotly.min.js out of the installed wheel, and nothing else of it."""

    path = "plotly.min.js"

    def __init__(self, *args, **kwargs):
        self.storage = FileSystemStorage(Path(plotly.__file__).parent / "package_data")

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        if path != self.path:
            return []
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns):
        yield self.path, self.storage
