"""What there is of Postrider in the site's database (docs/database.md)."""
from django.db import connection


def ask(sql, parameters=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def installed():
    """Whether `postrider migrate` has been here, in a version that knows this app."""
    return ask("select to_regprocedure('postrider.receive()') is not null")[0][0]


def daemon_lives():
    return ask("select postrider.daemon_lives()")[0][0]


def declare_complete(ids):
    if ids:
        ask("select postrider.ready(variadic %s::bigint[])", [list(ids)])
