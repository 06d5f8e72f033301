"""The app config/django/postrider_site on a migrated database, which the environment names."""
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "config", "django")]
from stand_in import set_up  # noqa: E402

set_up(apps=["postrider_site", "answering"], POSTRIDER_WAIT_SECONDS=0)

from django.core.management import call_command  # noqa: E402
from django.core import checks  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402
from simple_messaging.models import IncomingMessage, IncomingMessageMedia, OutgoingMessage  # noqa: E402

from postrider_site import made_here, receiving  # noqa: E402
from postrider_site.database import ask  # noqa: E402

SEND = "simple_messaging_send_pending_messages"


def run(sql, parameters=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def is_of_another_process(message):
    return message.message.startswith("left:")


class SiteTest(unittest.TestCase):
    def setUp(self):
        made_here.take()
        run("create table if not exists asked (n serial, what text, number bigint)")
        run("delete from asked; delete from simple_messaging_outgoingmessage;"
            "delete from simple_messaging_incomingmessagemedia; delete from simple_messaging_incomingmessage;"
            "select postrider.stop_receiving()")

    def make(self, text="hello", **more):
        return OutgoingMessage.objects.create(
            destination="+13125550100", message=text, send_date=timezone.now(), **more)

    def asked(self, what):
        return [number for number, in ask("select number from asked where what = %s order by n", [what])]

    def is_ready(self, message):
        return ask("select postrider.ready(%s)", [message.pk])[0][0] == 0


class SendTest(SiteTest):
    def test_what_this_process_made_is_declared_complete_once_its_apps_were_asked(self):
        mine = self.make()
        call_command(SEND)
        self.assertTrue(self.is_ready(mine))
        self.assertEqual(self.asked("update"), [mine.pk])
        self.assertEqual(self.asked("transmit"), [])

    def test_what_another_process_or_thread_made_is_left_to_settle(self):
        made = []
        thread = threading.Thread(target=lambda: (made.append(self.make()), connection.close()))
        thread.start()
        thread.join()
        run("insert into simple_messaging_outgoingmessage (destination, message, send_date, errored) "
            "values ('+13125550101', 'by another', now(), false)")
        call_command(SEND)
        self.assertFalse(self.is_ready(made[0]))
        self.assertEqual(self.asked("update"), [])

    def test_a_dialog_is_transmitted_by_the_site_at_once_whoever_made_it(self):
        run("insert into simple_messaging_outgoingmessage (destination, message, send_date, errored) "
            "values ('+13125550101', 'dialog:welcome', now(), false)")
        call_command(SEND)
        dialog = OutgoingMessage.objects.get()
        self.assertEqual(self.asked("transmit"), [dialog.pk])
        self.assertIsNotNone(dialog.sent_date)

    def test_a_dialog_of_later_is_not_transmitted_now(self):
        run("insert into simple_messaging_outgoingmessage (destination, message, send_date, errored) "
            "values ('+13125550101', 'dialog:welcome', now() + interval '1 hour', false)")
        call_command(SEND)
        self.assertEqual(self.asked("transmit"), [])

    @override_settings(POSTRIDER_IS_FOREIGN=f"{__name__}.is_of_another_process")
    def test_what_the_site_says_is_its_own_it_transmits(self):
        message = self.make("left: to the site")
        call_command(SEND)
        self.assertEqual(self.asked("transmit"), [message.pk])

    def test_the_channel_that_an_app_chooses_stands_in_the_message(self):
        message = self.make("through the other channel", transmission_metadata='{"kept": 1}')
        call_command(SEND)
        message.refresh_from_db()
        self.assertEqual(json.loads(message.transmission_metadata), {"kept": 1, "message_channel": "by-hook"})

    def test_an_app_that_raises_keeps_no_message(self):
        message = self.make("raises")
        with self.assertLogs("postrider_site", "ERROR"):
            call_command(SEND)
        self.assertTrue(self.is_ready(message))

    def test_in_a_transaction_it_announces_and_does_not_wait(self):
        with transaction.atomic(), override_settings(POSTRIDER_WAIT_SECONDS=60):
            message = self.make()
            call_command(SEND)
        self.assertTrue(self.is_ready(message))

    def test_it_waits_for_what_becomes_of_its_messages(self):
        message = self.make()

        def daemon():
            time.sleep(0.2)
            run("set postrider.guard = off; update simple_messaging_outgoingmessage set sent_date = now()")
            connection.close()

        thread = threading.Thread(target=daemon)
        thread.start()
        with override_settings(POSTRIDER_WAIT_SECONDS=60):
            call_command(SEND)
        thread.join()
        message.refresh_from_db()
        self.assertIsNotNone(message.sent_date)

    def test_it_takes_the_arguments_of_the_task_runner_and_answers_it(self):
        out = io.StringIO()
        call_command(SEND, "--qs-context", "--qs-next-interval", "5", stdout=out)
        self.assertIn("_qs_next_run: 20", out.getvalue().splitlines()[-1])


class ReceiveTest(SiteTest):
    def setUp(self):
        super().setUp()
        receiving.drain()  # from now on there is a receiver

    def arrive(self, text="hello", sender="+13125550199", files=()):
        """As a daemon stores it."""
        with transaction.atomic():
            run("set local postrider.guard = off")
            message = IncomingMessage.objects.create(
                sender=sender, recipient="+13125550100", receive_date=timezone.now(), message=text)
            for name in files:
                medium = IncomingMessageMedia.objects.create(
                    message=message, content_url="https://provider.example.org/1", content_file=name)
                if name is None:
                    run("insert into postrider.media_fetch (media_id, message_id, channel) values "
                        f"({medium.pk}, {message.pk}, 'sms')")
        return message

    def all_fetched(self, message):
        """As a daemon says it, of files that are stored or have failed."""
        run(f"delete from postrider.media_fetch where message_id = {message.pk}")

    def test_each_message_is_shown_to_the_apps_once_and_in_order(self):
        numbers = [self.arrive(str(i)).pk for i in range(5)]
        receiving.drain()
        receiving.drain()
        self.assertEqual(self.asked("incoming"), numbers)

    def test_what_the_sites_own_views_store_they_have_shown_themselves(self):
        IncomingMessage.objects.create(
            sender="a", recipient="b", receive_date=timezone.now(), message="by the view")
        receiving.drain()
        self.assertEqual(self.asked("incoming"), [])

    def test_files_that_are_still_to_come_are_waited_for_and_later_ones_of_the_sender_wait_too(self):
        waits = self.arrive(files=[None, "stored.png"])
        next_of_sender = self.arrive()
        other = self.arrive(sender="+13125550198")
        self.assertEqual(receiving.drain(), 2)
        self.assertEqual(self.asked("incoming"), [other.pk])
        IncomingMessageMedia.objects.filter(message=waits).update(content_file="stored.jpg")
        self.all_fetched(waits)
        receiving.drain()
        self.assertEqual(self.asked("incoming"), [other.pk, waits.pk, next_of_sender.pk])

    def test_files_that_have_failed_or_that_nobody_fetches_are_not_waited_for(self):
        failed = self.arrive(files=[""])
        of_before = self.arrive(sender="another", files=[None])
        self.all_fetched(of_before)
        receiving.drain()
        self.assertEqual(self.asked("incoming"), [failed.pk, of_before.pk])

    def test_an_app_that_raises_is_undone_and_not_asked_again(self):
        self.arrive("raises")
        with self.assertLogs("postrider_site", "ERROR"):
            receiving.drain()
        receiving.drain()
        self.assertEqual(self.asked("incoming"), [])

    def test_a_message_that_was_deleted_holds_up_nothing(self):
        self.arrive().delete()
        other = self.arrive()
        receiving.drain()
        self.assertEqual(self.asked("incoming"), [other.pk])

    def start(self):
        return subprocess.Popen([sys.executable, os.path.join(HERE, "receive.py")])

    def until(self, holds):
        for _ in range(600):
            if holds():
                return True
            time.sleep(0.05)
        return False

    def test_a_receiver_hears_of_new_messages_and_ends_when_it_is_told(self):
        receiver = self.start()
        message = self.arrive()
        self.assertTrue(self.until(lambda: self.asked("incoming") == [message.pk]))
        receiver.send_signal(signal.SIGTERM)
        self.assertEqual(receiver.wait(30), 0)

    def test_killed_in_the_midst_it_has_done_nothing_and_the_next_does_it(self):
        message = self.arrive("kills")
        self.assertEqual(self.start().wait(30), 9)
        self.assertEqual(self.asked("incoming"), [])
        IncomingMessage.objects.filter(pk=message.pk).update(message="kills no more")
        receiver = self.start()
        self.assertTrue(self.until(lambda: self.asked("incoming") == [message.pk]))
        receiver.kill()
        receiver.wait()
        missed = self.arrive()
        receiving.drain()
        self.assertEqual(self.asked("incoming"), [message.pk, missed.pk])


    def test_through_kills_at_any_moment_each_message_is_shown_once_and_in_order(self):
        numbers = [self.arrive("slow").pk for _ in range(60)]
        shown = 0
        while shown < len(numbers):
            receiver = self.start()
            goal = min(len(numbers), shown + random.randint(5, 20))
            self.assertTrue(self.until(lambda: len(self.asked("incoming")) >= goal))
            receiver.kill()  # amid the next one, mostly
            receiver.wait()
            shown = len(self.asked("incoming"))
        receiving.drain()
        self.assertEqual(self.asked("incoming"), numbers)


class CheckTest(SiteTest):
    def found(self):
        return [each.id for each in checks.run_checks() if each.id.startswith("postrider_site")]

    def test_that_no_daemon_lives_is_a_warning(self):
        self.assertEqual(self.found(), ["postrider_site.W003"])

    def test_an_app_behind_the_package_is_a_warning(self):
        with override_settings(INSTALLED_APPS=["simple_messaging", "postrider_site"]):
            self.assertIn("postrider_site.W001", self.found())

    def test_a_database_without_the_schema_is_a_warning(self):
        with transaction.atomic():
            run("alter schema postrider rename to away")
            self.assertEqual(self.found(), ["postrider_site.W002"])
            transaction.set_rollback(True)


if __name__ == "__main__":
    unittest.main()
