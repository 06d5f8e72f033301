#!/usr/bin/env bash
# What a built program consists of besides our code: each Debian package that it loads or whose headers are in it,
# with version and licences, from the packages' own copyright files.
# Usage: scripts/licences.sh PROGRAM
set -euo pipefail
program=${1:?usage: scripts/licences.sh PROGRAM}
# Their code is in our program: templates and inline functions.
headers=(libboost1.81-dev libcli11-dev libspdlog-dev libhowardhinnant-date-dev libpqxx-dev libabsl-dev)

# The package of a file; since /lib is a link, dpkg may know it by either name.
package_of() {
    local file
    for file in "$1" "/usr$1" "${1#/usr}"; do
        if dpkg-query -S "$file" 2>/dev/null | sed 's/:.*//' | head -n 1 | grep .; then return; fi
    done
    echo "licences: no package has $1" >&2
    return 1
}

# That of the work as a whole, by a machine-readable copyright file (parts may have others); of an older file, the
# texts that it refers to.
licences_of() {
    local file=/usr/share/doc/$1/copyright
    if grep -q '^Format:' "$file"; then
        awk 'BEGIN { RS = "" } /(^|\n)Files: *\*/ { if (match($0, /\nLicense: *[^\n]+/)) {
            text = substr($0, RSTART + 1, RLENGTH - 1); sub(/License: */, "", text); print text; exit } }' "$file"
    else
        grep -o '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$file" | sed 's|.*/||' | sort -u | paste -sd ' '
    fi | grep . || echo "see the file"
}

mapfile -t needed < <(objdump -p "$program" | awk '$1 == "NEEDED" { print $2 }')
declare -A where
while read -r name _ path _; do where[$name]=$path; done < <(ldd "$program" | grep '=> /')
packages=()
for library in "${needed[@]}"; do
    if [[ -n ${where[$library]:-} ]]; then packages+=("$(package_of "${where[$library]}")"); fi
done
for package in "${headers[@]}"; do
    if dpkg-query -W "$package" >/dev/null 2>&1; then packages+=("$package"); fi
done
printf '%-28s %-28s %s\n' package version licences
printf '%s\n' "${packages[@]}" | sort -u | while read -r package; do
    printf '%-28s %-28s %s\n' "$package" "$(dpkg-query -W -f '${Version}\n' "$package" | head -n 1)" "$(licences_of "$package")"
done
echo "(of each whole; /usr/share/doc/PACKAGE/copyright has every part)"
