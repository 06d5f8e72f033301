"""What the send command does, in the order in which it does it."""
import json
import logging
import time

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from . import database, foreign, hooks, made_here

logger = logging.getLogger("postrider_site")


def send_pending():
    """Returns how many messages were announced, and how many the site has transmitted by itself."""
    messages = apps.get_model("simple_messaging", "OutgoingMessage").objects
    announced = []
    for message in messages.filter(pk__in=made_here.take(), sent_date=None, errored=False).order_by("pk"):
        if foreign.is_foreign(message):
            continue
        _prepare(message)
        announced.append(message.pk)
    database.declare_complete(announced)
    transmitted = _transmit_foreign(messages)
    _wait_for(messages, announced)
    return len(announced), transmitted


def _prepare(message):
    """Lets the apps have their say, as the package does when it transmits."""
    before = (message.message, message.destination, message.transmission_metadata)
    channel = _first_answer("send_via", message)
    if channel:
        metadata = foreign.metadata_of(message)
        metadata["message_channel"] = channel
        message.transmission_metadata = json.dumps(metadata, indent=2)
    for app, hook in hooks.named("update_message_metadata"):
        _call(app, hook, message)
    if (message.message, message.destination, message.transmission_metadata) != before:
        message.save(update_fields=["message", "destination", "transmission_metadata"])


def _first_answer(name, message):
    for app, hook in hooks.named(name):
        answer = _call(app, hook, message)
        if answer:
            return answer
    return None


def _call(app, hook, message):
    try:
        return hook(message)
    except Exception:  # an app's trouble is no opinion, as in the package
        logger.exception("%s of %s failed for message %s", hook.__name__, app, message.pk)
        return None


def _transmit_foreign(messages):
    """Postrider leaves these alone, whoever made them."""
    count = 0
    due = messages.filter(send_date__lte=timezone.now(), sent_date=None, errored=False)
    for message in due.order_by("send_date", "pk"):
        if not foreign.is_foreign(message):
            continue
        try:
            message.transmit()
            count += 1
        except DatabaseError:  # the guard: a daemon has it after all
            if connection.in_atomic_block:
                raise
            logger.exception("message %s was not transmitted", message.pk)
    return count


def _wait_for(messages, ids):
    """So that whoever called sees what became of his messages. In a transaction nobody else sees them yet."""
    if connection.in_atomic_block:
        return
    until = time.monotonic() + getattr(settings, "POSTRIDER_WAIT_SECONDS", 3)
    pending = messages.filter(pk__in=ids, send_date__lte=timezone.now(), sent_date=None, errored=False)
    while ids and time.monotonic() < until and pending.exists():
        time.sleep(0.02)
