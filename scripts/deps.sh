#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing, and only those; silent when none is.
# Usage: scripts/deps.sh GROUP…
#   build   compiler and libraries
#   server  PostgreSQL's programs: the demo and the tests start private servers with them
#   test    GoogleTest, PgBouncer, Postfix, Prometheus, Nagios, Python, Django, patch and the server
#   lint    clang's tools
#   fuzz    clang with libFuzzer
#   package dpkg-shlibdeps and what it needs
#   clean-debian  what makes one, to try the package in
set -euo pipefail

build=(g++ cmake ninja-build make pkg-config ccache mold
    libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libpqxx-dev libcurl4-openssl-dev libssl-dev libgmime-3.0-dev
    libspdlog-dev libyaml-cpp-dev libsodium-dev libsqlite3-dev libicu-dev libre2-dev libcli11-dev
    libsystemd-dev libjemalloc-dev libphonenumber8 libprotobuf-dev libabsl-dev
    libwebp-dev libpng-dev libmagic-dev prometheus-cpp-dev
    libhowardhinnant-date-dev libarchive-dev libbz2-dev)
server=(postgresql-15)
test=("${server[@]}" libgtest-dev libgmock-dev patch pgbouncer
    prometheus postfix nagios4-core monitoring-plugins-basic systemd python3 python3-django python3-psycopg2 openssl)
lint=(clang clang-tidy clang-format)
fuzz=(clang libclang-rt-14-dev)
package=(dpkg-dev file gzip)
clean_debian=(debootstrap systemd-container util-linux python3)

say() { echo "deps: $*" >&2; }
fail() { say "$@"; exit 1; }

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }
listed() { [[ " ${missing[*]} " == *" $1 "* ]]; }

# libphonenumber-dev cannot be installed beside our Boost: it asks for that of Debian's default (1.74), which
# nothing in it uses. So its headers are copied to where a machine keeps what no package brought, and what is
# linked is the library of libphonenumber8. Where somebody has them already, they are left alone.
number_headers=/usr/local/include/phonenumbers

lacks_number_headers() {
    [[ " $* " == *" build "* && ! -f $number_headers/phonenumberutil.h &&
        ! -f /usr/include/phonenumbers/phonenumberutil.h ]]
}

copy_number_headers() {
    local folder
    folder=$(mktemp -d)
    (cd "$folder" && apt-get download -qq libphonenumber-dev 2>/dev/null && dpkg-deb -x libphonenumber-dev_*.deb .) &&
        as_root mkdir -p "$number_headers" &&
        as_root cp -r "$folder/usr/include/phonenumbers/." "$number_headers/" ||
        fail "could not get the headers of libphonenumber-dev"
    rm -rf "$folder"
}

missing=()
find_missing() {
    local group each  # none may have a group's name, or it hides that group
    for group in "$@"; do
        [[ $group =~ ^(build|server|test|lint|fuzz|package|clean-debian)$ ]] ||
            fail "no group '$group': build, server, test, lint, fuzz, package, clean-debian"
        local -n wanted=${group/-/_}
        for each in "${wanted[@]}"; do
            installed "$each" || listed "$each" || missing+=("$each")
        done
    done
}

# Runs a command as root, with the environment that apt needs.
as_root() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive "$@"; }

# Debian starts what it installs, but we want programs, not services: the tests and the demo run
# PostgreSQL and the others themselves, in private folders. So, for what is installed here for the
# first time (a service that was there before is never touched):
# - PostgreSQL: `create_main_cluster = false` for as long as the installation takes, in the folder
#   that Debian has for such additions. No cluster means nothing to start, now or at the next boot.
#   (Leaving out the `postgresql` metapackage is not enough: postgresql-15 makes the cluster.)
# - PgBouncer, Prometheus and Nagios: masked until they are there, then disabled.
# A policy-rc.d would do for both, but it is for the whole machine and may be somebody else's.
services=(pgbouncer prometheus nagios4)
cluster_settings=/etc/postgresql-common/createcluster.d/postrider-deps.conf

quiet_services() {
    if listed postgresql-15; then
        as_root mkdir -p "${cluster_settings%/*}"
        echo 'create_main_cluster = false' | as_root tee "$cluster_settings" >/dev/null
    fi
    local service
    for service in "${services[@]}"; do
        if listed "$service" && [[ -d /run/systemd/system ]]; then
            as_root systemctl --quiet --runtime mask "$service.service"
        fi
    done
}

restore_services() {
    if listed postgresql-15; then
        as_root rm -f "$cluster_settings"
        as_root rmdir --ignore-fail-on-non-empty "${cluster_settings%/*}"
    fi
    local service
    for service in "${services[@]}"; do
        listed "$service" || continue
        if [[ -d /run/systemd/system ]]; then
            as_root systemctl --quiet --runtime unmask "$service.service"
            as_root systemctl --quiet disable "$service.service" 2>/dev/null || true
        elif [[ -x /etc/init.d/$service ]]; then  # another init cannot mask: it ran for a moment
            as_root "/etc/init.d/$service" stop >/dev/null || true
            as_root update-rc.d "$service" disable
        fi
    done
}

[[ $# -gt 0 ]] || fail "usage: scripts/deps.sh build|server|test|lint|fuzz|package|clean-debian …"
if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: taking it that the packages of docs/dependencies.md are there"
    exit 0
fi
find_missing "$@"
[[ ${#missing[@]} -gt 0 ]] || lacks_number_headers "$@" || exit 0

if [[ $(id -u) -eq 0 ]]; then
    root=()
elif command -v sudo >/dev/null; then
    root=(sudo)
else
    fail "missing: ${missing[*]:-headers of libphonenumber-dev}
deps: neither root nor sudo; as root, run: scripts/deps.sh $*"
fi
if listed libboost1.81-dev && installed libboost1.74-dev; then
    fail "libboost1.74-dev (of libboost-dev) is installed and excludes libboost1.81-dev, which we need.
deps: nothing was changed; if nothing else needs it: apt-get remove libboost1.74-dev"
fi

as_root apt-get update -qq
if lacks_number_headers "$@"; then
    say "copying the headers of libphonenumber-dev to $number_headers"
    copy_number_headers
fi
[[ ${#missing[@]} -gt 0 ]] || exit 0
say "installing ${missing[*]}"
trap restore_services EXIT
quiet_services
as_root apt-get install -qq --yes --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 \
    "${missing[@]}" >/dev/null || fail "could not install all (these are Debian 12's package names)"
