"""One process of a site, for tests/system/races.cpp: site_process.py ROLE SEED COUNT ISOLATION

create    makes COUNT messages in the site's ways, and ends
transmit  the site's own loop, over COUNT kinds of rows of which it takes those of number SEED
admin     corrects and resets errored messages, at times twice
stale     saves again what it has read a while ago
All but the first go on until the file STOP_FILE is there, and end what they have begun.
"""
import datetime
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "django"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from stand_in import set_up  # noqa: E402

role, seed, count, isolation = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
random.seed(f"{role} {seed} {isolation} {os.environ['RACE_SEED']}")
set_up(apps=["gateway"], isolation=isolation)

from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from simple_messaging.models import OutgoingMessage, OutgoingMessageMedia  # noqa: E402

BAD_NUMBER = "+15005550004"  # the provider refuses it


def stopping():
    return os.path.exists(os.environ["STOP_FILE"])


def pause(most):
    time.sleep(random.uniform(0, most))


by_guard = by_isolation = 0


def try_to(call, message=None):
    """Runs it; the database may say no to a site that races us."""
    global by_guard, by_isolation
    try:
        call()
    except DatabaseError as error:
        words = (message and message.transmission_metadata) or ""
        while error:  # what came first is the cause: after it a transaction takes nothing more
            words += str(error)
            last, error = error, error.__context__
        if "Postrider has message" in words:
            by_guard += 1
        elif "could not serialize access" in words:
            by_isolation += 1
        else:
            raise last


def made(call, *messages):
    """Makes rows, again if the database has cancelled it, as sites must that want SERIALIZABLE."""
    while True:
        try:
            return call()
        except DatabaseError as error:
            if "could not serialize access" not in str(error):
                raise
            for message in messages:  # nothing of it is there
                message.pk = None
                message._state.adding = True


def announce(message):
    made(lambda: declare_ready(message))


def declare_ready(message):
    with connection.cursor() as cursor:
        cursor.execute("select postrider.ready(%s)", [message.pk])


def new_message(text, send_date):
    return OutgoingMessage(
        destination=f"+1312555{random.randrange(10000):04}", message=text, send_date=send_date,
        transmission_metadata=json.dumps({"message_channel": None}, indent=2))


def until(moment, spread):
    wait = (moment - timezone.now()).total_seconds() + random.gauss(0, spread)
    time.sleep(max(0.0, wait))


# ---- create


def plain(text, send_date):
    """Created, announced while it is not finished, and saved again from memory, once it may be gone."""
    message = new_message(text, send_date)
    if random.random() < 0.1:
        message.destination = BAD_NUMBER
    made(message.save if random.random() < 0.5 else lambda: saved_twice(message), message)
    if random.random() < 0.8:
        announce(message)
    metadata = json.loads(message.transmission_metadata)
    metadata["django.user"] = "ann"
    message.transmission_metadata = json.dumps(metadata, indent=2)
    until(send_date, 0.02)
    try_to(message.save)
    pause(0.3)
    try_to(message.save)


def saved_twice(message):
    with transaction.atomic():
        message.save()
        message.lookup_key = "looked up"
        message.save()


def with_media(text, send_date):
    """The row first, its file later; nobody else announces it meanwhile."""
    message = new_message(text + " with media", send_date)
    made(message.save, message)
    pause(1.0)
    made(lambda: add_media(message))
    if random.random() < 0.5:
        announce(message)


def add_media(message):
    with transaction.atomic():
        OutgoingMessageMedia.objects.create(
            message=message, content_file="outgoing_message_media/a.png", content_type="image/png")
        pause(0.1)


def bulk(text, send_date):
    messages = [new_message(f"{text}.{i}", send_date) for i in range(5)]
    made(lambda: OutgoingMessage.objects.bulk_create(messages), *messages)


def create():
    so_far = 0
    while so_far < count:
        text = f"race {seed}-{so_far}"
        send_date = timezone.now() + datetime.timedelta(seconds=random.uniform(0, 0.6))
        kind = random.choices([plain, with_media, bulk], [8, 3, 1])[0]
        kind(text, send_date)
        so_far += 5 if kind is bulk else 1


# ---- transmit


def transmit():
    while not stopping():
        soon = timezone.now() + datetime.timedelta(seconds=0.3)
        due = [
            each
            for each in OutgoingMessage.objects.filter(send_date__lte=soon, sent_date=None, errored=False)
            if each.pk % count == seed % count
            # Those whose moment comes, at which the daemon is there too; few of those that it leaves to settle.
            and (each.send_date > timezone.now() or random.random() < 0.03)
            # A real loop sends without its files what it finds too early; that is not what races here.
            and ("with media" not in each.message or each.media.exists())
        ]
        for message in sorted(due, key=lambda each: each.send_date):
            until(message.send_date, 0.01) if random.random() < 0.8 else pause(0.5)
            # Whoever sends in a transaction that may fail when it commits, sends twice without any help.
            if random.random() < 0.2 and isolation != "serializable":
                try_to(lambda: in_transaction(message), message)
            else:
                try_to(message.transmit)
        pause(0.05)


def in_transaction(message):
    with transaction.atomic():
        pause(0.02)
        message.transmit()  # after a refusal it cannot save what it has caught


# ---- admin


def admin():
    while not stopping():
        for message in list(OutgoingMessage.objects.filter(errored=True)[:20]):
            pause(0.05)
            if message.destination == BAD_NUMBER or message.destination.startswith("secret:"):
                message.destination = "+13125550177"
            metadata = json.loads(message.transmission_metadata or "{}")
            for key in ("error", "twilio_sid"):
                metadata.pop(key, None)
            message.transmission_metadata = json.dumps(metadata, indent=2)
            message.errored = False
            message.sent_date = None
            try_to(message.save)
            if random.random() < 0.3:
                pause(0.3)
                try_to(message.save)  # a second click
        pause(0.3)


# ---- stale


def stale():
    while not stopping():
        newest = list(OutgoingMessage.objects.order_by("-pk")[:200])
        held = random.sample(newest, min(10, len(newest)))
        pause(1.0)
        for message in held:
            try_to(message.save)
            pause(0.05)


{"create": create, "transmit": transmit, "admin": admin, "stale": stale}[role]()
with connection.cursor() as cursor:
    cursor.execute("insert into race_refused values (%s, %s)", [by_guard, by_isolation])
