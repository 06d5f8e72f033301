"""A site's manage.py, as its task runner knows it: the flags, the lock files, and the last line of wrapped commands."""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone


def note(text):
    """What was really done, by whoever called."""
    with open(os.environ["STAND_IN_JOURNAL"], "a") as journal:
        journal.write(text + "\n")


def nudge(arguments):
    note(f"nudge {' '.join(arguments.rest)} every {arguments.qs_next_interval}")
    print("  nudged 3")
    print("a warning", file=sys.stderr)


def broken(arguments):
    note("broken")
    print("before it broke")
    raise ValueError("it is broken")


def slow(arguments):
    note("slow begins")
    subprocess.Popen(["sh", "-c", "trap '' TERM; setsid sleep 1000 & sleep 1000 & wait"])
    print("begun", flush=True)
    time.sleep(1000)


def brief(arguments):
    note("brief begins")
    time.sleep(0.05)
    note("brief ends")


def silent(arguments):
    note("silent")


COMMANDS = {each.__name__: each for each in (nudge, broken, slow, brief, silent)}
COMMANDS["other_brief"] = brief
COMMANDS["simple_messaging_send_pending_messages"] = lambda arguments: note("sends")


def with_schedule(command, arguments):
    try:
        command(arguments)
    finally:
        if arguments.qs_context:
            after = datetime.now(timezone.utc) + timedelta(seconds=arguments.qs_next_interval)
            print("_qs_next_run: " + after.isoformat())


def with_lock(name, work):
    lock = os.path.join(tempfile.gettempdir(), f"{os.environ['STAND_IN_SITE']}__{name}.lock")
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    try:
        work()
    finally:
        os.remove(lock)


def main():
    name = sys.argv[1]
    parser = argparse.ArgumentParser(prog="manage.py " + name)
    if os.environ.get("STAND_IN_WANTS_VALUE"):
        parser.add_argument("--qs-context", default=True)
    else:
        parser.add_argument("--qs-context", action="store_true")
    parser.add_argument("--qs-next-interval", type=int, default=5)
    parser.add_argument("--no-color", action="store_true")
    parser.add_argument("rest", nargs="*")
    arguments = parser.parse_args(sys.argv[2:])
    command = COMMANDS[name]
    if name == "silent":
        command(arguments)
    else:
        with_lock(name, lambda: with_schedule(command, arguments))


main()
