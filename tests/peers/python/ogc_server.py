"""Runs django-ogc-sensorthings: its own routes, its own Django models, in SQLite. Usage: ogc_server.py PORT FOLDER [OPTION]

OPTION `plain` leaves its data array extension away: then the server has observations one by one only.
"""

import os
import sys
from uuid import UUID

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    port, folder = sys.argv[1], sys.argv[2]
    options = sys.argv[3:]
    apps = [
        "sensorthings.versions.v1_1",
        "sensorthings.versions.v1_1.backends.django",
    ]
    if "plain" not in options:
        apps.append("sensorthings.versions.v1_1.extensions.dataarray")
    settings.configure(
        DEBUG=False,
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=apps,
        ROOT_URLCONF="ogc_urls",
        USE_TZ=True,
        TIME_ZONE="UTC",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": os.path.join(folder, "ogc.sqlite3"),
                "OPTIONS": {"timeout": 20},
            }
        },
        SENSORTHINGS_V1_1_SERVICE_URL=f"http://127.0.0.1:{port}/sensorthings",
        SENSORTHINGS_V1_1_BACKEND_ADAPTER="sensorthings.versions.v1_1.backends.django.adapter.DjangoBackendAdapter",
        SENSORTHINGS_V1_1_ID_TYPE=UUID,
        SENSORTHINGS_V1_1_ID_DELIMITER="'",
    )
    django.setup()
    call_command("migrate", verbosity=0)
    # Without the reloader it is one process, which ends when it is killed.
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, verbosity=0)


main()
