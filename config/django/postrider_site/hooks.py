"""The functions by which a site's apps take part in messages."""
import importlib
import logging

from django.apps import apps
from django.conf import settings

logger = logging.getLogger("postrider_site")


def named(name):
    """(app, function) of each installed app that has it, in the order of INSTALLED_APPS."""
    module_name = getattr(settings, "POSTRIDER_HOOKS_MODULE", "simple_messaging_api")
    found = []
    for config in apps.get_app_configs():
        full_name = f"{config.name}.{module_name}"
        try:
            module = importlib.import_module(full_name)
        except ModuleNotFoundError as error:
            if error.name != full_name:  # the app has one, which misses something else
                logger.exception("hooks of %s cannot be loaded", config.name)
            continue
        if callable(getattr(module, name, None)):
            found.append((config.name, getattr(module, name)))
    return found
