"""The application's addresses, and one behind the same door that does the least."""

from django.db import connection
from django.http import HttpResponse
from django.urls import path

from config.urls import *  # noqa: F403
from config.urls import urlpatterns


def select_1(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return HttpResponse(str(cursor.fetchone()[0]))


urlpatterns = [path("bench/select-1/", select_1, name="select-1"), *urlpatterns]
