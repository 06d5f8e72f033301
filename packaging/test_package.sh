#!/usr/bin/env bash
# Installs the package into a clean Debian 12, starts the daemon there as its unit would, sends, upgrades under
# load while the other daemon is still of the old version, and purges. Needs root.
# Usage: packaging/test_package.sh NEW.deb [OLD.deb]
# Without OLD.deb, the new one is taken for the old one, too, under a lower version. RATE messages a second (300)
# for SECONDS_OF_LOAD (40). The clean Debian is kept in build/package-test for the next time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
new=$(realpath "${1:?usage: packaging/test_package.sh NEW.deb [OLD.deb]}")
old=${2:+$(realpath "$2")}
rate=${RATE:-300}
seconds=${SECONDS_OF_LOAD:-40}
gate_port=18425

source packaging/clean_debian.sh

# ---- The daemon, as the installed unit starts it ----
unit() { sed -n "s/^$1=//p" "$root/usr/lib/systemd/system/postrider.service"; }

start() {  # NAME: one host's daemon, with state and configuration of its own
    local name=$1 state=/var/lib/postrider config=/etc/postrider/postrider.yaml
    if [[ $name != a ]]; then
        state=/var/lib/postrider-$name config=/etc/postrider/$name.yaml
        inside install -d -o postrider -g postrider -m 0750 "$state"
        sed 's/port: 8425/port: 8426/' "$root/etc/postrider/postrider.yaml" >"$root$config"
        inside chown root:postrider "$config"
    fi
    touch "$work/daemon-$name.log"
    local joined command
    joined=$(grep -c "joined the installation" "$work/daemon-$name.log" || true)
    read -ra command <<<"$(unit ExecStart)"
    (
        umask "$(unit UMask)"
        ulimit -c 0
        exec chroot "$root" setpriv --reuid="$(unit User)" --regid="$(unit Group)" --init-groups --no-new-privs \
            --bounding-set=-all --inh-caps=-all /usr/bin/env -i PATH=/usr/bin:/bin LANG=C.UTF-8 STATE_DIRECTORY="$state" \
            CONFIGURATION_DIRECTORY=/etc/postrider CREDENTIALS_DIRECTORY=/run/credentials/postrider.service \
            "${command[@]}" --config "$config"
    ) >>"$work/daemon-$name.log" 2>&1 &
    pid[$name]=$!
    eventually "daemon $name starts" bash -c \
        "[[ \$(grep -c 'joined the installation' '$work/daemon-$name.log') -gt $joined ]]"
}
stop() {
    kill -TERM "${pid[$1]}"
    local code=0
    wait "${pid[$1]}" || code=$?
    [[ $code == 0 ]] || fail "daemon $1 ended with $code"
}
# What each daemon runs: the program on disk (new), or one that has been replaced (old).
living() {
    local name
    for name in a b; do
        [[ -n ${pid[$name]:-} ]] || continue
        if cmp -s "/proc/${pid[$name]}/exe" "$work/new-program"; then echo -n "$name: new  "; else echo -n "$name: old  "; fi
    done
}

declare -A pid
make_base
make_root
[[ -n $old ]] || old=$(relabel "$new")
cp "$old" "$root/packages/old.deb"
cp "$new" "$root/packages/new.deb"
rm -f "$work"/daemon-*.log
dpkg-deb --fsys-tarfile "$new" | tar -xO ./usr/bin/postrider >"$work/new-program"
say "old package: $(version_of "$old"), new package: $(version_of "$new")"
dpkg --compare-versions "$(version_of "$old")" lt "$(version_of "$new")" || fail "the old package is not older"

# ---- Installed, and nothing started or enabled ----
apt install --yes --no-install-recommends postgresql-15 /packages/old.deb
expect "installed" "$(version_of "$old")" "$(installed_version)"
inside dpkg --verify postrider || fail "its files are not as packed"
expect "user" postrider "$(inside id -un postrider)"
expect "configuration" "640 root postrider" "$(inside stat -c '%a %U %G' /etc/postrider/postrider.yaml)"
expect "state folder" "750 postrider postrider" "$(inside stat -c '%a %U %G' /var/lib/postrider)"
expect "enabled" "" "$(find "$root/etc/systemd/system" -name 'postrider*')"
expect "man pages" "postrider.1.gz postrider.yaml.5.gz" \
    "$(find "$root/usr/share/man" -name 'postrider*' -printf '%f\n' | sort | xargs)"

cp -u "$root"/var/cache/apt/archives/*.deb "$work/cache/"

# ---- A first message ----
inside pg_ctlcluster 15 main start -- -o '-c fsync=off'  # what a crash would leave is not in question here
inside runuser -u postgres -- createuser postrider
inside runuser -u postgres -- createdb -O postrider postrider
python3 packaging/gate.py $gate_port "$work/gate.txt" &
install -d -m 0755 "$root/run/credentials"
inside install -d -o postrider -m 0500 /run/credentials/postrider.service
inside postrider generate-key | inside install -o postrider -m 0400 /dev/stdin /run/credentials/postrider.service/secret_key
cat >"$root/etc/postrider/postrider.yaml" <<YAML
database: { url: "postgresql:///postrider" }
listen: { port: 8425 }
encryption: { secret_key: credential:secret_key }
channels:
  - name: gate
    transport: webhook
    url: http://127.0.0.1:$gate_port/
    allow_private: true
    default: true
    concurrency: 64
    secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz
YAML
as_daemon() { inside runuser -u postrider -- env CREDENTIALS_DIRECTORY=/run/credentials/postrider.service "$@"; }
as_daemon postrider check-config 2>/dev/null
as_daemon postrider migrate >/dev/null
start a
first=$(as_daemon postrider send --to +13125550123 --message 'Visit at 9:00')
eventually "the first message is sent" bash -c "grep -qx $first '$work/gate.txt'"
eventually "the status is OK" bash -c "chroot '$root' runuser -u postrider -- env CREDENTIALS_DIRECTORY=/run/credentials/postrider.service postrider check >'$work/status.txt'"
say "a message was sent; $(head -1 "$work/status.txt")"

# ---- Upgraded under load: first one host, then the other ----
start b
eventually "two daemons share the work" bash -c "grep -q 'daemons=2' '$work/daemon-a.log'"
cat >"$root/packages/load.sql" <<'SQL'
\set person random(1, 5000)
insert into simple_messaging_outgoingmessage (destination, message) values ('+1312555' || lpad((:person)::text, 4, '0'), 'Visit at 9:00');
SQL
inside runuser -u postgres -- /usr/lib/postgresql/15/bin/pgbench -n -c 20 -j 2 -R "$rate" -T "$seconds" \
    -f /packages/load.sql postrider >"$work/load.log" 2>&1 &
load=$!
sleep 5
say "upgrading under load: $(living)"
apt install --yes --no-install-recommends /packages/new.deb
expect "upgraded to" "$(version_of "$new")" "$(installed_version)"
expect "configuration is still" "640 root postrider" "$(inside stat -c '%a %U %G' /etc/postrider/postrider.yaml)"
as_daemon postrider migrate >/dev/null
say "unpacked, migrated: $(living)"
stop a
start a
say "one upgraded: $(living)"
sleep 8
stop b
start b
say "both upgraded: $(living)"
wait $load || fail "the load: $(tail -3 "$work/load.log")"
sent_all() { [[ $(sql "select count(*) from simple_messaging_outgoingmessage where sent_date is null") == 0 ]]; }
eventually "all are sent" sent_all
total=$(sql "select count(*) from simple_messaging_outgoingmessage")
say "$total messages were inserted"
expect "errored" 0 "$(sql "select count(*) from simple_messaging_outgoingmessage where errored")"
expect "requests that reached the receiver, each with another message" "$total $total" \
    "$(wc -l <"$work/gate.txt") $(sort -u "$work/gate.txt" | wc -l)"
expect "messages that were not accepted exactly once, by the journal" 0 "$(sql "select count(*) from (select
    count(h.id) filter (where h.verdict = 'sent') from simple_messaging_outgoingmessage m left join
    postrider.attempt_history h on h.message_id = m.id group by m.id having count(h.id) filter (where h.verdict = 'sent') <> 1) x")"
expect "died instead of leaving" 0 "$(grep -c 'a daemon has died' "$work"/daemon-*.log | awk -F: '{n += $2} END {print n}')"

# ---- Away ----
stop a
stop b
rm -rf "$root/var/lib/postrider-b" "$root/etc/postrider/b.yaml"
python3 - "$root/var/lib/postrider/spool/spool.sqlite" <<'PYTHON'
import sqlite3, sys  # as if the database had been away when the last daemon ended
with sqlite3.connect(sys.argv[1]) as spool:
    spool.execute("insert into result (attempt_id, content) values (1, '{}')")
PYTHON
apt purge --yes postrider
grep -q "the spool is kept" "$work/apt.log" || fail "a spool that is not empty was not mentioned"
expect "a spool that is not empty" kept "$([[ -e $root/var/lib/postrider/spool/spool.sqlite ]] && echo kept || echo gone)"
apt install --yes --no-install-recommends /packages/new.deb
rm -rf "$root/var/lib/postrider/spool"
apt purge --yes postrider
expect "left behind" "" "$(cd "$root" && find etc var/lib usr run -iname '*postrider*' -not -path '*/postgresql/*' \
    -not -path 'run/credentials*' -not -name 'postrider.list' | sort | head)"
expect "rows in the database" "$total" "$(sql "select count(*) from simple_messaging_outgoingmessage")"
inside pg_ctlcluster 15 main stop -m immediate
remove_root
say "installed, upgraded under load, purged: all as it should be"
