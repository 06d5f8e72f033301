"""Calls the apps for each message that a daemon has stored: once, in order, when its files are there."""
import logging
import select
import time

from django.apps import apps
from django.db import connection, transaction

from . import database, hooks

logger = logging.getLogger("postrider_site")

LOCK = (1349481333, 100)  # beside the daemons' and migrators' own
POLL_SECONDS = 5  # for what a lost notification would have told


def receive(stopping):
    """Goes on until `stopping()`. A second one waits for the first to end."""
    while not stopping() and not database.ask("select pg_try_advisory_lock(%s, %s)", LOCK)[0][0]:
        _wait(POLL_SECONDS, stopping)
    with connection.cursor() as cursor:
        cursor.execute("listen postrider_incoming")  # before looking: what comes then is heard
    while not stopping():
        drain(stopping)
        _wait(POLL_SECONDS, stopping)


def drain(stopping=lambda: False):
    """Calls the apps for all that can go now. Returns how many must wait for their files."""
    messages = apps.get_model("simple_messaging", "IncomingMessage").objects
    waits = 0
    held = set()  # senders whose next messages must not pass an earlier one
    for (number,) in database.ask("select postrider.receive()"):
        if stopping():
            break
        message = messages.filter(pk=number).first()
        sender = message and _conversation(message)
        if message and (sender in held or _awaits_files(number)):
            held.add(sender)
            waits += 1
            continue
        _hand_over(number, message)
    return waits


def _hand_over(number, message):
    """In one transaction with the mark: what the apps did in the database is there exactly if that is."""
    with transaction.atomic():
        if not database.ask("select postrider.received(%s)", [number])[0][0] or message is None:
            return  # it was deleted meanwhile
        for app, hook in hooks.named("process_incoming_message"):
            try:
                with transaction.atomic():
                    hook(message)
            except Exception:
                logger.exception("process_incoming_message of %s failed for message %s", app, number)


def _conversation(message):
    """Encrypted senders are told apart by their lookup keys; without one, all of them are one."""
    key = getattr(message, "lookup_key", None)
    return key or ("" if message.sender.startswith("secret:") else message.sender)


def _awaits_files(number):
    """A daemon is still to fetch some; it notifies us of the last, stored or failed (an empty name)."""
    return database.ask("select postrider.awaits_media(%s)", [number])[0][0]


def _wait(seconds, stopping):
    """For a notification; in short steps, so that stopping is heard."""
    link = connection.connection
    if not hasattr(link, "poll"):  # psycopg 3, which tells of notifications in another way: look each second
        seconds = min(seconds, 1)
    for _ in range(max(1, int(seconds / 0.25))):
        if stopping():
            return
        if not hasattr(link, "poll"):
            time.sleep(0.25)
            continue
        select.select([link], [], [], 0.25)
        link.poll()
        if link.notifies:
            link.notifies.clear()
            return
