"""`manage.py postrider_receive` of the tests' site."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "config", "django")]
from stand_in import set_up  # noqa: E402

set_up(apps=["postrider_site", "answering"])

from django.core.management import call_command  # noqa: E402

call_command("postrider_receive")
