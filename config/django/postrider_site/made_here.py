"""Which messages this thread has made, and not announced yet.

Only whoever makes a message knows when it is complete: another process may still be adding files to one that
looks so. When the site's code calls the send command, it is done with those that it has made before.
"""
import threading

_MOST = 10_000  # a process that makes messages and never sends them: these settle

_made = threading.local()


def on_saved(instance, created, raw=False, **_):
    if not created or raw or instance.sent_date is not None:
        return
    ids = _made.__dict__.setdefault("ids", [])
    if len(ids) < _MOST:
        ids.append(instance.pk)


def take():
    """Their ids, once."""
    return _made.__dict__.pop("ids", [])
