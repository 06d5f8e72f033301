import os
import time

from django.db import connection


def _note(what, number):
    with connection.cursor() as cursor:
        cursor.execute("insert into asked (what, number) values (%s, %s)", [what, number])


def send_via(message):
    return "by-hook" if message.message == "through the other channel" else None


def update_message_metadata(message):
    if message.message == "raises":
        raise RuntimeError("this app does")
    _note("update", message.pk)


def process_outgoing_message(message):
    _note("transmit", message.pk)
    return {}


def process_incoming_message(message):
    _note("incoming", message.pk)
    if message.message == "slow":
        time.sleep(0.02)
    if message.message == "kills":
        os._exit(9)
    if message.message == "raises":
        raise RuntimeError("this app does")
