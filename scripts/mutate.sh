#!/usr/bin/env bash
# Takes one check after the other out of a copy of this tree (tests/mutations/*.patch), and sees
# whether the program that its patch names notices. ONLY='claim_* sql_*' takes some of them, SEEDS
# says how many histories the simulation runs, COPY where the copy is. Ends with 1 if one goes unnoticed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${JOBS:-$(nproc)}
seeds=${SEEDS:-10000}
only=${ONLY:-*}
seconds_max=600  # for one program; who takes longer has not noticed
source=$PWD
copy=${COPY:-$source/build/mutations}
log=$copy/build/mutation.log

# Only what differs is written, so that the next build is short.
copy_tree() {
    mkdir -p "$copy/build"
    local file
    git ls-files --cached --others --exclude-standard | while read -r file; do
        if [[ -f $file ]] && ! cmp -s "$file" "$copy/$file"; then
            mkdir -p "$copy/$(dirname "$file")"
            cp "$file" "$copy/$file"
        fi
    done
    (cd "$copy" && find . -path ./build -prune -o -type f -print) | while read -r file; do
        if [[ ! -f $file ]]; then rm "$copy/$file"; fi
    done
}

# The simulation is built to run fast; what runs a few tests, to be built fast.
preset_of() {  # PROGRAM
    if [[ $1 == simulate ]]; then echo release; else echo dev; fi
}

build() {  # PROGRAM
    local preset
    preset=$(preset_of "$1")
    if [[ ! -f $copy/build/$preset/build.ninja ]]; then
        (cd "$copy" && cmake --preset "$preset" -DPOSTRIDER_TESTS=ON) >"$log" 2>&1 || return
    fi
    cmake --build "$copy/build/$preset" --target "$1" -j "$jobs" >"$log" 2>&1
}

# Runs "PROGRAM ARGUMENTS…"; true if it is content. Its words are in $log.
run() {
    local program
    read -ra program <<<"$1"
    program[0]=build/$(preset_of "${program[0]}")/tests/${program[0]}
    if [[ $1 == simulate ]]; then program+=(--failures 1 --seeds "$seeds"); fi
    (cd "$copy" && timeout $seconds_max "${program[@]}") >"$log" 2>&1
}

# What the program said, in a line.
words() {
    sed -nE '/^seed [0-9]+: /{p;q}
        s/^\[  FAILED  \] ([A-Za-z]+\.[A-Za-z]+).*/\1/;T;p;q' "$log"
}

copy_tree

read -ra patterns <<<"$only"
patches=()
for pattern in "${patterns[@]}"; do
    for patch in tests/mutations/$pattern.patch; do patches+=("$patch"); done
done
catcher() { sed -nE '2s/^# Caught by //p' "$1"; }

# Whoever complains of what is whole would catch nothing.
mapfile -t commands < <(for patch in "${patches[@]}"; do catcher "$patch"; done | sort -u)
for command in "${commands[@]}"; do
    if ! build "${command%% *}" || ! run "$command"; then
        cat "$log"
        echo "without any mutation, this fails: $command" >&2
        exit 1
    fi
    printf '%-36s %s: %s\n' nothing "$command" "$(tail -1 "$log")"
done

unnoticed=0
for patch in "${patches[@]}"; do
    command=$(catcher "$patch")
    name=$(basename "$patch" .patch)
    files=$(sed -nE 's,^\+\+\+ b/(.*),\1,p' "$patch")
    if ! patch -d "$copy" -p1 --fuzz=0 --forward --silent --no-backup-if-mismatch <"$patch" >"$log" 2>&1; then
        cat "$log"
        echo "$patch does not apply any more: make it anew" >&2
        exit 1
    fi
    start=$SECONDS
    if ! build "${command%% *}"; then
        cat "$log"
        echo "$patch does not compile any more: make it anew" >&2
        exit 1
    fi
    built=$SECONDS
    code=0
    run "$command" || code=$?
    said=$(words)
    if [[ $code != 1 || -z $said ]]; then  # a crash is no notice: nobody has said what is wrong
        said="UNNOTICED, exit code $code"
        unnoticed=$((unnoticed + 1))
    fi
    printf '%-36s %-12s %s (built in %d s, ran %d s)\n' "$name" "${command%% *}" "$said" \
        $((built - start)) $((SECONDS - built))
    for file in $files; do cp "$file" "$copy/$file"; done
done
if ((unnoticed)); then
    echo "$unnoticed unnoticed" >&2
    exit 1
fi
