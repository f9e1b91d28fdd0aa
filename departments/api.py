from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import serializers, viewsets

from departments.models import Department


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "departments.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "manage.py api_token USER prints one."}


class DepartmentSerializer(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)

    class Meta:
        model = Department
        fields = ["slug", "name", "parent", "opened_on", "closed_on"]


class DepartmentViewSet(viewsets.ReadOnlyModelViewSet):
    """The departments you reach; the one without a parent is the agency."""

    queryset = Department.objects.select_related("parent").by_name()
    serializer_class = DepartmentSerializer
    lookup_field = "slug"

    def get_queryset(self):
        return super().get_queryset().reachable_by(self.request.user, on=timezone.localdate())
