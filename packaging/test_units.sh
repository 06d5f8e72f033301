#!/usr/bin/env bash
# Boots a clean Debian 12 with systemd (in systemd-nspawn, without a network) and tries the units of the package:
# credentials, reload, walls, jobs as a site's user, an upgrade that restarts under load, restart, watchdog, a purge.
# Needs root. Usage: packaging/test_units.sh NEW.deb
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
new=$(realpath "${1:?usage: packaging/test_units.sh NEW.deb}")

source packaging/clean_debian.sh

boot() {
    rm "$root/usr/sbin/policy-rc.d"
    umount "$root/proc"
    systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit --private-network </dev/null >"$work/boot.log" 2>&1 &
    local nspawn=$!
    eventually "it boots" bash -c "pgrep -P $nspawn >/dev/null"
    leader=$(pgrep -P "$nspawn")
    eventually "systemd is up" bash -c "nsenter -t $leader -m -p -u -i -n -C -r -w systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'"
}
there() { nsenter -t "$leader" -m -p -u -i -n -C -r -w /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"; }
shell() { there bash -euc "$1"; }
sql() { there runuser -u postgres -- psql -qtAX -d postrider -c "$1"; }
property() { there systemctl show -p "$1" --value "${2:-postrider}"; }
is() { [[ $(property "$1" "${3:-postrider}") == "$2" ]]; }
is_not() { ! is "$@"; }
logged() { there journalctl -u postrider -o cat --no-pager | grep -q "$1"; }
says() { [[ $(sql "$1") == "$2" ]]; }

make_base
make_root
apt install --yes --no-install-recommends systemd systemd-sysv dbus postgresql-15
cp -u "$root"/var/cache/apt/archives/*.deb "$work/cache/"
cp "$(relabel "$new")" "$root/packages/old.deb"
cp "$new" "$root/packages/new.deb"
apt install --yes --no-install-recommends /packages/old.deb
say "booting"
boot
there ip link set lo up 2>/dev/null || shell 'networkctl up lo 2>/dev/null || true'

# ---- As an operator does it ----
shell "sed -i 's/^port = .*/port = 5432/' /etc/postgresql/15/main/postgresql.conf; echo 'fsync = off' >>/etc/postgresql/15/main/postgresql.conf
    sed -i '/^host/d' /etc/postgresql/15/main/pg_hba.conf
    systemctl restart postgresql@15-main"
eventually "PostgreSQL is up" there test -S /run/postgresql/.s.PGSQL.5432
shell 'runuser -u postgres -- createuser postrider; runuser -u postgres -- createdb -O postrider postrider
    postrider generate-key >/etc/postrider/credentials/secret_key; chmod 600 /etc/postrider/credentials/secret_key
    mkdir -p /etc/systemd/system/postrider.service.d
    printf "[Service]\nLoadCredential=secret_key:/etc/postrider/credentials/secret_key\n" >/etc/systemd/system/postrider.service.d/credentials.conf
    cat >/etc/postrider/postrider.yaml <<YAML
database: { url: "postgresql:///postrider" }
encryption: { secret_key: credential:secret_key, lookup_hash_prefix: clinic }
channels: [{ name: test, transport: loopback, default: true }]
jobs:
  - { name: look, every: 1h, command: [sh, -c, "id -un; touch /etc/x || echo walls; ls /root || echo more; ls /tmp | wc -l"] }
YAML
    systemctl daemon-reload
    runuser -u postrider -- postrider migrate --database postgresql:///postrider >/dev/null
    systemctl start postrider'
expect "started" "active running" "$(property ActiveState) $(property SubState)"
eventually "it sends" is StatusText sending
expect "enabled" disabled "$(there systemctl is-enabled postrider || true)"
there systemctl reload postrider
eventually "it has read its configuration again" logged "configuration reloaded"
eventually "its job has run" says "select count(*) from postrider.job_run where status <> 'ongoing'" 1
expect "a job inside the walls" "postrider walls more 0" \
    "$(sql "select output from postrider.job_run" | grep -v cannot | xargs)"
expect "capabilities" 0000000000000000 "$(there sed -n 's/^CapBnd:\t//p' "/proc/$(property MainPID)/status")"
expect "core dumps" 0 "$(there awk '/core file/ { print $5 }' "/proc/$(property MainPID)/limits")"

# ---- A site's jobs ----
shell 'cat >/etc/postrider/jobs-www-data.yaml <<YAML
database: { url: "postgresql:///postrider?user=postrider" }
listen: { port: 8426 }
jobs: [{ name: site, every: 1h, command: [sh, -c, "id -un; touch /tmp/of-the-site; cat /etc/postrider/postrider.yaml || echo secrets"] }]
YAML
    chgrp www-data /etc/postrider/jobs-www-data.yaml; chmod 640 /etc/postrider/jobs-www-data.yaml
    sed -i "s/^local *all *all .*/local all all trust/" /etc/postgresql/15/main/pg_hba.conf; systemctl reload postgresql@15-main
    systemctl start postrider-jobs@www-data'
eventually "the site's job has run" says "select count(*) from postrider.job_run where job = 'site' and status <> 'ongoing'" 1
expect "as" "www-data secrets" "$(sql "select output from postrider.job_run where job = 'site'" | grep -v cat: | xargs)"
expect "its temporary file" www-data "$(there stat -c %U /tmp/of-the-site)"
expect "shards of the daemon" 64 "$(sql "select count(*) from postrider.shard s join postrider.daemon d on d.id = s.daemon_id where d.sends")"

# ---- An upgrade ----
cat >"$root/packages/load.sql" <<'SQL'
\set person random(1, 5000)
insert into simple_messaging_outgoingmessage (destination, message) values ('+1312555' || lpad((:person)::text, 4, '0'), 'Visit at 9:00');
SQL
there runuser -u postgres -- /usr/lib/postgresql/15/bin/pgbench -n -c 20 -R 300 -T 30 -f /packages/load.sql postrider >"$work/load.log" 2>&1 &
load=$!
sleep 5
before=$(property MainPID)
jobs_before=$(property MainPID postrider-jobs@www-data)
there env DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i /packages/new.deb >>"$work/apt.log" 2>&1 || fail "dpkg -i"
expect "restarted by the upgrade" yes "$([[ $(property MainPID) != "$before" && $(property ActiveState) == active ]] && echo yes || echo no)"
expect "and the site's jobs" yes "$(is_not MainPID "$jobs_before" postrider-jobs@www-data && is ActiveState active postrider-jobs@www-data && echo yes || echo no)"
wait "$load" || fail "the load: $(tail -3 "$work/load.log")"
eventually "all are sent" says "select count(*) from simple_messaging_outgoingmessage where sent_date is null" 0
total=$(sql "select count(*) from simple_messaging_outgoingmessage")
expect "of $total messages, sent exactly once" "$total" "$(sql "select count(*) from (select message_id from
    postrider.attempt_history where verdict = 'sent' group by 1 having count(*) = 1) x")"

# ---- Bad days ----
before=$(property MainPID)
shell "kill -KILL $before"
eventually "it is started again" is_not MainPID "$before"
eventually "it runs" is ActiveState active
before=$(property MainPID)
shell "kill -STOP $before"
eventually "the watchdog ends it" is_not MainPID "$before"
eventually "it runs" is ActiveState active
say "restarts after a kill and a freeze: $(property NRestarts)"

# ---- Away ----
there env DEBIAN_FRONTEND=noninteractive dpkg --purge postrider >>"$work/apt.log" 2>&1 || fail "dpkg --purge"
expect "running still" "inactive inactive" "$(there systemctl is-active postrider postrider-jobs@www-data | xargs)"
expect "rows in the database" "$total" "$(sql "select count(*) from simple_messaging_outgoingmessage")"
kill -KILL "$leader"
wait 2>/dev/null || true
remove_root
say "the units do as they say"
