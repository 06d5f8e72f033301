from django.core.management.base import BaseCommand

from postrider_site.sending import send_pending


class Command(BaseCommand):
    help = "Hands this process's messages to Postrider, and transmits those that it leaves to the site."

    def add_arguments(self, parser):
        # The task runner of the package passes its own.
        parser.add_argument("--qs-context", nargs="?")
        parser.add_argument("--qs-next-interval", nargs="?", type=int)

    def handle(self, *args, **options):
        announced, transmitted = send_pending()
        if options["verbosity"] > 1:
            self.stdout.write(f"{announced} announced, {transmitted} transmitted by the site")
        if options["qs_next_interval"] is not None:
            self.stdout.write(f"_qs_next_run: {_from_now(options['qs_next_interval'])}")


def _from_now(seconds):
    from datetime import timedelta

    from django.utils import timezone

    return (timezone.now() + timedelta(seconds=seconds)).isoformat()
