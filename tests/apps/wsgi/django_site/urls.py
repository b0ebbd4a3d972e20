"""The project's pages, and the views behind them."""

import hashlib

from django.contrib import admin
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

FORM = '<form method="post">{% csrf_token %}<input name="word" value="{{ word }}"></form>'


def form(request):
    """A form behind CSRF; what was said last is kept in the session."""
    if request.method == "POST":
        request.session["word"] = request.POST["word"]
        return HttpResponse("said " + request.POST["word"])
    page = engines["django"].from_string(FORM)
    return HttpResponse(page.render({"word": request.session.get("word", "")}, request))


def count(request):
    """How often this session was here."""
    request.session["count"] = request.session.get("count", 0) + 1
    return JsonResponse({"count": request.session["count"], "token": len(get_token(request))})


@csrf_exempt
def upload(request):
    """Digests of all uploaded files."""
    files = {}
    for name, file in request.FILES.items():
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        files[name] = {"name": file.name, "size": file.size, "sha256": digest.hexdigest()}
    return JsonResponse({"files": files, "title": request.POST.get("title")})


def stream(request):
    return StreamingHttpResponse((f"row {number}\n" for number in range(1000)), content_type="text/plain")


def source(request):
    """A real file, which Django hands to wsgi.file_wrapper."""
    return FileResponse(open(__file__, "rb"), content_type="text/x-python")


def broken(request):
    raise ValueError("raised in a view")


urlpatterns = [
    path("admin/", admin.site.urls),
    path("form", form),
    path("count", count),
    path("upload", upload),
    path("stream", stream),
    path("source", source),
    path("broken", broken),
]
