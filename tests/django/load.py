"""`manage.py loaddata FILE`, as a site has it."""
import sys

from stand_in import set_up

set_up()

from django.core.management import call_command  # noqa: E402

call_command("loaddata", sys.argv[1], verbosity=0)
