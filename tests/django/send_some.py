"""send_some.py COUNT: makes messages as a site's code does, one by one, and prints when each was announced."""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "config", "django")]
from stand_in import set_up  # noqa: E402

set_up(apps=["postrider_site", "answering"])

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from simple_messaging.models import OutgoingMessage  # noqa: E402

with connection.cursor() as cursor:
    cursor.execute("create table if not exists asked (n serial, what text, number bigint)")
for i in range(int(sys.argv[1])):
    OutgoingMessage.objects.create(
        destination=f"+1312555{i:04}", message=f"message {i}", send_date=timezone.now())
    print(f"{time.time():.6f}")
    call_command("simple_messaging_send_pending_messages")
OutgoingMessage.objects.create(destination="+13125559999", message="dialog:welcome", send_date=timezone.now())
call_command("simple_messaging_send_pending_messages")
