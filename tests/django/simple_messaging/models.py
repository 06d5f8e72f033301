"""The tables of the Django package, and how it writes them: every save writes every column."""
import importlib
import json
import traceback

from django.apps import apps
from django.db import OperationalError, connection, models
from django.utils import timezone


def hooks(name):
    """The functions of that name in the simple_messaging_api modules of installed apps, in their order."""
    found = []
    for config in apps.get_app_configs():
        try:
            module = importlib.import_module(config.name + ".simple_messaging_api")
        except ModuleNotFoundError:
            continue
        if hasattr(module, name):
            found.append(getattr(module, name))
    return found


class OutgoingMessage(models.Model):
    destination = models.CharField(max_length=256)
    reference_id = models.IntegerField(null=True)
    send_date = models.DateTimeField()
    sent_date = models.DateTimeField(null=True)
    message = models.TextField()
    errored = models.BooleanField(default=False)
    transmission_metadata = models.TextField(null=True)
    message_metadata = models.TextField(null=True)
    lookup_key = models.CharField(max_length=1024, null=True)

    class Meta:
        db_table = "simple_messaging_outgoingmessage"

    def transmit(self):
        if self.sent_date is not None:
            raise RuntimeError("already transmitted")
        try:
            self.sent_date = timezone.now()
            self.save()  # keeps other senders off
            for hook in hooks("update_message_metadata"):
                hook(self)
            metadata = json.loads(self.transmission_metadata or "{}")
            for hook in hooks("process_outgoing_message"):
                result = hook(self)
                if result is not None:
                    metadata.update(result)
                    break
            else:
                self.errored = True
                metadata["error"] = "No processor found for message."
            self.transmission_metadata = json.dumps(metadata, indent=2)
            self.sent_date = timezone.now()
        except Exception:
            self.errored = True
            metadata = json.loads(self.transmission_metadata or "{}")
            metadata["traceback"] = traceback.format_exc().splitlines()
            self.transmission_metadata = json.dumps(metadata, indent=2)
        while True:
            try:
                return self.save()
            except OperationalError as error:  # as sites must that want more than READ COMMITTED
                if "could not serialize access" not in str(error) or connection.in_atomic_block:
                    raise


class OutgoingMessageMedia(models.Model):
    message = models.ForeignKey(OutgoingMessage, on_delete=models.CASCADE, related_name="media")
    index = models.IntegerField(default=0)
    content_file = models.CharField(max_length=100, null=True)
    content_type = models.CharField(max_length=128, default="application/octet-stream")

    class Meta:
        db_table = "simple_messaging_outgoingmessagemedia"


class IncomingMessage(models.Model):
    sender = models.CharField(max_length=256)
    recipient = models.CharField(max_length=256)
    receive_date = models.DateTimeField()
    message = models.TextField()
    transmission_metadata = models.TextField(null=True)
    lookup_key = models.CharField(max_length=1024, null=True)

    class Meta:
        db_table = "simple_messaging_incomingmessage"


class IncomingMessageMedia(models.Model):
    message = models.ForeignKey(IncomingMessage, on_delete=models.CASCADE, related_name="media")
    index = models.IntegerField(default=0)
    content_file = models.CharField(max_length=100, null=True)
    content_url = models.CharField(max_length=1024, null=True)
    content_type = models.CharField(max_length=128, default="application/octet-stream")

    class Meta:
        db_table = "simple_messaging_incomingmessagemedia"
