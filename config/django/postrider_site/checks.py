from django.conf import settings
from django.core.checks import Warning, register
from django.db import DatabaseError

from . import database


@register()
def check_postrider(app_configs, **_):
    found = []
    names = [name for name in settings.INSTALLED_APPS if name.startswith(("postrider_site", "simple_messaging"))]
    if names and not names[0].startswith("postrider_site"):
        found.append(
            Warning(
                "postrider_site stands behind simple_messaging in INSTALLED_APPS",
                hint="Put it first: its send command takes the place of the package's.",
                id="postrider_site.W001",
            )
        )
    try:
        if not database.installed():
            found.append(
                Warning(
                    "schema postrider is missing in the database, or older than this app",
                    hint="Run `postrider migrate`.",
                    id="postrider_site.W002",
                )
            )
        elif not database.daemon_lives():
            found.append(
                Warning(
                    "no Postrider daemon lives on this database: messages wait",
                    hint="Start `postrider run`, and see `postrider check`.",
                    id="postrider_site.W003",
                )
            )
    except DatabaseError as error:
        found.append(
            Warning(
                f"Postrider cannot be asked: {error}",
                hint="Run `postrider migrate` again: it lets every role that may insert messages do so.",
                id="postrider_site.W004",
            )
        )
    return found
