"""The project's entry point. The project's directory is on the path through python-path or WSGIPythonPath."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
application = get_wsgi_application()
