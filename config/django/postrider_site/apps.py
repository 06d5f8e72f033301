from django.apps import AppConfig
from django.db.models.signals import post_save


class PostriderSiteConfig(AppConfig):
    name = "postrider_site"
    verbose_name = "Postrider"

    def ready(self):
        from . import checks, made_here  # noqa: F401 - checks register themselves

        post_save.connect(
            made_here.on_saved,
            sender="simple_messaging.OutgoingMessage",
            dispatch_uid="postrider_site",
        )
