import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - loads every view, before somebody asks for the first
gc.collect()
gc.freeze()  # what is loaded now stays: no collection need walk through it while a page is made
