import signal

from django.core.management.base import BaseCommand

from postrider_site import receiving


class Command(BaseCommand):
    help = "Calls the apps' process_incoming_message for each message that Postrider has stored."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="what waits now, and end")
        parser.add_argument("--stop", action="store_true", help="no receiver any more: forget what waits")

    def handle(self, *args, **options):
        if options["stop"]:
            receiving.database.ask("select postrider.stop_receiving()")
            return
        if options["once"]:
            receiving.drain()
            return
        stopped = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.append(True))
        receiving.receive(lambda: bool(stopped))
