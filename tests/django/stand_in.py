"""Sets Django up for a process of a site on one of our test databases, which the environment names."""
import os
import sys

import django
from django.conf import settings

ISOLATION = {"read committed": 1, "repeatable read": 2, "serializable": 3}  # as psycopg2 numbers them


def set_up(apps=(), isolation="read committed", **more):
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    settings.configure(
        INSTALLED_APPS=[*apps, "simple_messaging"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": os.environ["SITE_HOST"],
                "PORT": os.environ.get("SITE_PORT", ""),
                "NAME": os.environ["SITE_DATABASE"],
                "USER": os.environ["SITE_USER"],
                "OPTIONS": {"isolation_level": ISOLATION[isolation]},
            }
        },
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        **more,
    )
    django.setup()
