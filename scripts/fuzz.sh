#!/usr/bin/env bash
# Runs libFuzzer's programs one after the other, two side by side; prints what each came to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=60
only='*'
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    *) echo "usage: fuzz.sh [--seconds N] [--only NAME]" >&2; exit 2 ;;
    esac
done

cmake --preset fuzz -DPOSTRIDER_TESTS=ON >/dev/null
cmake --build build/fuzz --target fuzzers -j "${JOBS:-2}"
out=build/fuzz/out
mkdir -p "$out"

# What libFuzzer finds worth keeping stays in build/; what a finding teaches belongs into tests/fuzz/corpus.
fuzz_one() {
    name=$1
    mkdir -p "$out/$name"
    rc=0
    ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
        LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0 \
        build/fuzz/tests/fuzz_"$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="$out/$name." "$out/$name" "tests/fuzz/corpus/$name" \
        >"$out/$name.log" 2>&1 || rc=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$out/$name.log")
    coverage=$(grep -o 'cov: [0-9]*' "$out/$name.log" | tail -1)
    printf '%-20s %12s runs  %-12s %s\n' "$name" "${runs:-?}" "${coverage:-}" \
        "$([ $rc = 0 ] && echo 'nothing found' || echo "FOUND: see $out/$name.log")"
    return $rc
}
export -f fuzz_one
export seconds out

names=()
for source in tests/fuzz/targets/*.cpp; do
    name=$(basename "$source" .cpp)
    # shellcheck disable=SC2053
    [[ $name == $only ]] && names+=("$name")
done
[ ${#names[@]} -gt 0 ] || { echo "fuzz.sh: no target is called $only" >&2; exit 2; }
printf '%s\n' "${names[@]}" | xargs -P 2 -I{} bash -c 'fuzz_one {}'
