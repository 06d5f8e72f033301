"""The package's own send task, once: transmits all that is due."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "races")]
from stand_in import set_up  # noqa: E402

set_up(apps=["gateway"])

from django.utils import timezone  # noqa: E402
from simple_messaging.models import OutgoingMessage  # noqa: E402

for message in OutgoingMessage.objects.filter(send_date__lte=timezone.now(), sent_date=None, errored=False):
    message.transmit()
