from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.settings import api_settings

from departments.models import Department


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "departments.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "manage.py api_token USER prints one."}


class KnownParameters:
    """Refuses a query parameter that is not known: misspelt, it would silently ask for something else."""

    parameters: tuple[str, ...] = ()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        known = [*self.known_parameters(), api_settings.URL_FORMAT_OVERRIDE]
        unknown = dict.fromkeys(name for name in request.query_params if name not in known)
        if unknown and self.action:  # else it is the method that is refused
            expected = f"known here: {', '.join(known)}"
            raise ValidationError(
                {name[:40]: [f"Found a parameter that is not known; {expected}."] for name in unknown}
            )

    def known_parameters(self) -> list[str]:
        if self.action != "list":
            return []
        filters, pages = getattr(self, "filterset_class", None), getattr(self, "paginator", None)
        of_pages = pages.get_schema_operation_parameters(self) if pages else []
        return [*self.parameters, *(filters.base_filters if filters else []), *(each["name"] for each in of_pages)]


class DepartmentSerializer(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)

    class Meta:
        model = Department
        fields = ["slug", "name", "parent", "opened_on", "closed_on"]


class DepartmentViewSet(KnownParameters, viewsets.ReadOnlyModelViewSet):
    """The departments you reach; the one without a parent is the agency."""

    queryset = Department.objects.select_related("parent").by_name()
    serializer_class = DepartmentSerializer
    lookup_field = "slug"

    def get_queryset(self):
        return super().get_queryset().reachable_by(self.request.user, on=timezone.localdate())
