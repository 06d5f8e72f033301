"""Which messages Postrider leaves to the site."""
import base64
import json

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

SERVED = {"simple_messaging_twilio", "simple_messaging_azure", "simple_messaging_loopback"}


def is_foreign(message):
    is_foreign_to_the_site = getattr(settings, "POSTRIDER_IS_FOREIGN", None)
    if is_foreign_to_the_site and import_string(is_foreign_to_the_site)(message):
        return True
    return text_of(message).startswith("dialog:") or _package_of(message) not in SERVED | {None}


def metadata_of(message):
    """Its metadata, or nothing where that is no object."""
    try:
        metadata = json.loads(message.transmission_metadata or "{}")
    except ValueError:
        return {}
    return metadata if isinstance(metadata, dict) else {}


def text_of(message):
    """In the clear, where it can be had."""
    text = message.message
    key = getattr(settings, "SIMPLE_MESSAGING_SECRET_KEY", None)
    if not text.startswith("secret:") or not key:
        return text
    try:
        from nacl.secret import SecretBox

        box = SecretBox(base64.b64decode(key))
        return box.decrypt(base64.b64decode(text[len("secret:"):])).decode()
    except Exception:  # no PyNaCl, another key, damaged: Postrider says so
        return text


def _package_of(message):
    """Of the switchboard channel that it goes by; None where Postrider's own configuration decides."""
    if not apps.is_installed("simple_messaging_switchboard"):
        return None
    channels = apps.get_model("simple_messaging_switchboard", "Channel").objects
    enabled = list(channels.filter(is_enabled=True).select_related("channel_type").order_by("pk"))
    wanted = metadata_of(message).get("message_channel")
    chosen = (
        [each for each in enabled if each.identifier == wanted]
        or [each for each in enabled if each.is_default]
        or enabled
    )
    return chosen[0].channel_type.package_name if chosen else None
