#!/usr/bin/env python3
"""Time and memory of `export transcripts`, `backup` and `restore`, for 10,000 to 1,000,000 messages with up to 10,000
people, on a private PostgreSQL that is gone afterwards. Usage: scripts/measure.py PROGRAM [MESSAGES ...]"""
import glob
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
SIZES = [int(size) for size in sys.argv[2:]] or [10_000, 100_000, 1_000_000]
KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
FILL = """
insert into simple_messaging_outgoingmessage
    (destination, message, send_date, sent_date, transmission_metadata, lookup_key)
select '+1312' || lpad((n %% 10000)::text, 7, '5550000'),
       'Your visit is at 9:00 on Monday. Please bring your card, and call if you cannot come. ' || n, d, d,
       '{"message_channel": "test", "loopback": "Sent at 2026-01-31T09:00:00Z via loopback.", "postrider": '
       '{"attempt": ' || n || ', "outcome": "sent", "attempts": [{"id": ' || n || ', "outcome": "sent"}]}}',
       md5(n::text) || md5(n::text)
from (select n, timestamptz '2026-01-01Z' + n * interval '1 second' as d from generate_series(1, %(half)d) n) s;
insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date)
select '+1312' || lpad((n %% 10000)::text, 7, '5550000'), '+15550100', 'Yes, I will come. ' || n,
       timestamptz '2026-01-01Z' + n * interval '1 second' from generate_series(1, %(half)d) n;
insert into postrider.attempt_history (id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent,
                                       content_hash, claimed, closed, verdict, reason, provider_id, disposition)
select n, n, 1, 1, 'test', 1, md5(n::text)::uuid, now(), decode(md5(n::text), 'hex'), now(), now(), 'sent', '', n, 'sent'
from generate_series(1, %(half)d) n;
"""


def programs():
    return sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]


class Server:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="postrider-measure-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        self.data = os.path.join(self.folder, "data")
        os.mkdir(self.data)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
            shutil.chown(self.data, "postgres")
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        self.run("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "-o",
                 f"-k {self.folder} -c listen_addresses='' -c max_wal_size=4GB", "start")

    def run(self, program, *arguments):
        command = [os.path.join(programs(), program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def sql(self, database, text):
        self.run("psql", "-q", "-h", self.folder, "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-c", text)

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder)


def measure(what, messages, *arguments):
    """In a process of its own, whose children's peak is its own."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        begin = time.monotonic()
        done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.DEVNULL)
        took = time.monotonic() - begin
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(write, f"{took:7.1f} s, of them computing {used.ru_utime + used.ru_stime:6.1f} s; at most "
                        f"{used.ru_maxrss / 1024:4.0f} MB".encode())
        os._exit(done.returncode)
    status = os.waitpid(child, 0)[1]
    print(f"{messages:9,} messages  {what:<22} {os.read(read, 100).decode()}", flush=True)
    if status != 0:
        sys.exit(f"{what} failed")


def main():
    server = Server()
    try:
        for size in SIZES:
            def configuration(database):
                file = os.path.join(server.folder, database + ".yaml")
                with open(file, "w", encoding="utf-8") as out:
                    out.write(f"database: {{ url: 'postgresql:///{database}?host={server.folder}&user=postgres' }}\n"
                              f"media: {{ root: {server.folder}/media }}\nbackup: {{ secret_key: {KEY} }}\n"
                              "channels: [{ name: test, transport: loopback, default: true }]\n")
                return file
            os.makedirs(f"{server.folder}/media", exist_ok=True)
            source, target = f"from_{size}", f"into_{size}"
            for database in (source, target):
                server.sql("postgres", f"create database {database}")
            subprocess.run([PROGRAM, "migrate", "-c", configuration(source)], check=True, stdout=subprocess.DEVNULL)
            server.sql(source, FILL % {"half": size // 2})
            server.sql(source, "analyze")
            with_config = ("-c", configuration(source))
            measure("export", size, "export", "transcripts", *with_config)
            measure("export, one person", size, "export", "transcripts", "--participant", "+13125550017", *with_config)
            backups = os.path.join(server.folder, target)
            measure("backup", size, "backup", "--to-folder", backups, *with_config)
            measure("restore and compare", size, "restore", glob.glob(backups + "/*")[0], "-c", configuration(target))
            for database in (source, target):
                server.sql("postgres", f"drop database {database}")
            shutil.rmtree(backups)
    finally:
        server.stop()


main()
