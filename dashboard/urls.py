from django.urls import include, path

from dashboard import views

departments = [
    path("<slug:slug>/", views.DepartmentDetail.as_view(), name="detail"),
    path("<slug:slug>/table.<format:kind>", views.DepartmentDetail.as_view(), name="table"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("overview/", views.Overview.as_view(), name="overview"),
    path("overview/table.<format:kind>", views.Overview.as_view(), name="overview-table"),
    path("overview/kpis.<format:kind>", views.Overview.as_view(), {"table": "kpis"}, name="overview-kpis"),
    path("overview/counted/", views.Counted.as_view(), name="counted"),
    path("overview/counted/table.<format:kind>", views.Counted.as_view(), name="counted-table"),
    path("search/", views.Search.as_view(), name="search"),
    path("departments/", include((departments, "departments"))),
    path("livez", views.livez, name="livez"),
    path("statusz", views.Statusz.as_view(), name="statusz"),
    path("readyz", views.readyz, name="readyz"),
]
