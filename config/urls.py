from django.contrib import admin
from django.urls import include, path

from kpis import converters

converters.register()

handler400 = "dashboard.views.bad_request"
handler404 = "dashboard.views.not_found"
handler500 = "dashboard.views.broke"

urlpatterns = [
    path("", include("departments.urls")),
    path("", include("dashboard.urls")),
    path("", include("kpis.urls")),
    path("", include("issues.urls")),
    path("", include("meetings.urls")),
    path("api/", include("config.api")),
    path("admin/", admin.site.urls),
]
