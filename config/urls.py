from django.contrib import admin
from django.urls import include, path

handler400 = "dashboard.views.bad_request"

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("kpis.urls")),
    path("accounts/", include("departments.urls")),
    path("api/", include("config.api")),
    path("admin/", admin.site.urls),
]
