from django.http import JsonResponse
from django.middleware.common import CommonMiddleware


class Slashes(CommonMiddleware):
    """Under /api/ reading alone is sent on to the address with a slash: clients turn anything sent on into reading."""

    def process_response(self, request, response):
        lost = request.path.startswith("/api/") and request.method not in ("GET", "HEAD")
        if lost and response.status_code == 404 and self.should_redirect_with_slash(request):
            response = JsonResponse(
                {"detail": f"Not found. There is {request.path}/, with a slash at its end."}, status=404
            )
            response.headers["Content-Length"] = str(len(response.content))
            return response
        return super().process_response(request, response)
