from departments.models.department import Department
from departments.models.headship import Headship
from departments.models.token import ApiToken
from departments.models.user import User

__all__ = ["ApiToken", "Department", "Headship", "User"]
