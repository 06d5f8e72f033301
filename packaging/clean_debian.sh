# shellcheck shell=bash
# A clean Debian 12 in build/package-test, for the tests of the package; to be sourced by a script that has its
# arguments in $@ and is in the source tree.
work=$PWD/build/package-test
base=$work/base
root=$work/root

# All that is started or mounted here ends with this process.
if [[ -z ${POSTRIDER_PACKAGE_TEST:-} ]]; then
    [[ $(id -u) == 0 ]] || { echo "test-package: needs root" >&2; exit 1; }
    export POSTRIDER_PACKAGE_TEST=1
    exec unshare --mount --pid --fork --kill-child --mount-proc "$PWD/packaging/$(basename "$0")" "$@"
fi
trap 'echo "test-package: FAILED in line $LINENO of $0" >&2' ERR
mount --make-rprivate /
mkdir -p "$work"
exec 9>"$work/lock"
flock --nonblock 9 || { echo "test-package: another one runs" >&2; exit 1; }

say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
fail() { printf 'test-package: FAILED: %s\n' "$*" >&2; exit 1; }
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
apt() { inside apt-get -qq -o Dpkg::Use-Pty=0 "$@" >>"$work/apt.log" 2>&1 || { tail -20 "$work/apt.log" >&2; fail "apt-get $*"; }; }
sql() { inside runuser -u postgres -- psql -qtAX -d postrider -c "$1"; }
expect() {  # WHAT, EXPECTED, ACTUAL
    [[ $2 == "$3" ]] || fail "$1: $3 instead of $2"
    say "$1: $3"
}
eventually() {  # WHAT, COMMAND…
    local what=$1 tries
    shift
    for ((tries = 0; tries < 600; tries++)); do
        if "$@"; then return; fi
        sleep 0.2
    done
    tail -5 "$work"/daemon-*.log >&2
    fail "not within 2 minutes: $what"
}

# ---- A clean Debian, by this machine's own sources ----
make_base() {
    if [[ -e $base/.whole ]]; then return; fi
    say "debootstrap"
    rm -rf --one-file-system "$base"
    local uri
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -1)
    mkdir -p "$work/cache"
    debootstrap --variant=minbase --cache-dir="$work/cache" bookworm "$base" "$uri" >"$work/debootstrap.log" 2>&1 ||
        fail "debootstrap, see $work/debootstrap.log"
    touch "$base/.whole"
}

# Its own devices and cache, so that nothing of the machine's is mounted in what is deleted.
remove_root() {
    if mountpoint -q "$root/proc"; then umount -l "$root/proc"; fi
    if grep -q " $root" /proc/self/mounts; then fail "something is mounted below $root: not deleting that"; fi
    rm -rf --one-file-system "$root"
}

make_root() {
    remove_root
    cp -a "$base" "$root"
    cp -a /etc/apt/sources.list* /etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/apt/trusted.gpg.d "$root/etc/apt/" 2>/dev/null || true
    rm -f "$root"/etc/apt/apt.conf.d/docker-clean "$root/etc/apt/sources.list"
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    # As in every chroot: what is installed is not started.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    mount -t proc proc "$root/proc"
    mkdir -p "$work/cache" "$root/packages"
    find "$work/cache" -name '*.deb' -exec cp -t "$root/var/cache/apt/archives" {} +
    apt update
}

# ---- The packages ----
relabel() {  # NEW.deb, as a package that came before
    local folder=$work/relabelled
    rm -rf "$folder"
    dpkg-deb -R "$1" "$folder"
    sed -i 's/^Version: .*/Version: 0.0.1-1/' "$folder/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$folder" "$work/old.deb" >/dev/null
    rm -rf "$folder"
    echo "$work/old.deb"
}
version_of() { dpkg-deb -f "$1" Version; }
installed_version() { inside dpkg-query -W -f '${Version}' postrider; }
