#!/usr/bin/env bash
# Format of all our C++, clang-tidy on what differs from HEAD~1 (ALL=1: on everything), tidy tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${JOBS:-$(nproc)}

tool() { command -v "$1-14" || command -v "$1"; }  # 14: Debian 12's; others format differently
ours() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
    if [[ -f $file ]]; then echo "$file"; fi; done; }

# Paths from standard input: sources as they are, a header by its own source, else by one user of it.
to_sources() {
    local file
    while read -r file; do
        case $file in
            *.cpp) echo "$file" ;;
            *.h)
                if [[ -f ${file%.h}.cpp ]]; then
                    echo "${file%.h}.cpp"
                else
                    ours '*.cpp' | xargs -r grep -l --fixed-strings "#include \"$file\"" | head -n 1 || true
                fi ;;
        esac
    done | sort -u
}

changed() {
    { git diff --name-only --diff-filter=d HEAD~1 2>/dev/null || git ls-files; } | cat
    git ls-files --others --exclude-standard
}

# Every step runs, so that all there is to mend shows at once.
failed=0

echo "lint: format"
ours '*.h' '*.cpp' | xargs -r -P "$jobs" -n 40 "$(tool clang-format)" --dry-run -Werror || {
    echo "lint: mend it with $(basename "$(tool clang-format)") -i FILE…"
    failed=1
}

if [[ -n ${ALL:-} ]]; then mapfile -t sources < <(ours '*.cpp'); else mapfile -t sources < <(changed | to_sources); fi
echo "lint: clang-tidy on ${#sources[@]} files"
if [[ ${#sources[@]} -gt 0 ]]; then
    # Its own configuration: clang's flags, and no precompiled header, which would have to be built.
    cmake --preset clang -B build/lint -DPOSTRIDER_TESTS=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
    printf '%s\n' "${sources[@]}" | xargs -P "$jobs" -n 1 "$(tool clang-tidy)" -p build/lint --quiet || failed=1
fi

echo "lint: rules of the house"
cmake --preset dev -DPOSTRIDER_TESTS=ON >/dev/null
cmake --build build/dev --target tidy_tests -j "$jobs"
build/dev/tests/tidy_tests --gtest_brief=1 || failed=1
exit "$failed"
