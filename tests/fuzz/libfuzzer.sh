#!/usr/bin/env bash
# Builds a fuzzing target by clang with libFuzzer, ASan and UBSan in build-fuzz/, and runs it for so many seconds. What it finds is left in
# build-fuzz/findings/.
# usage: libfuzzer.sh NAME SECONDS
set -euo pipefail
: "${SOURCE_ROOT:?root of the source tree}"
cd "$SOURCE_ROOT"
command -v clang++-16 >/dev/null || { echo "skipped: clang++-16 is not there (scripts/test.sh installs it)"; exit 77; }
[ -f build-fuzz/build.ninja ] || cmake --preset fuzz >/dev/null
cmake --build build-fuzz --target "fuzz_$1"
mkdir -p "build-fuzz/corpus/$1" build-fuzz/findings
python3 tests/fuzz/seeds.py "$1" "build-fuzz/seeds/$1" "$SOURCE_ROOT"
# Leaks are looked for by the sanitizers' own tests; an abort of ours shows its message.
ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
  "build-fuzz/bin/fuzz_$1" "build-fuzz/corpus/$1" "build-fuzz/seeds/$1" -max_total_time="$2" -timeout=25 -rss_limit_mb=4096 -max_len=8192 \
  -artifact_prefix="build-fuzz/findings/$1-" -print_final_stats=1 -verbosity=0 2>"build-fuzz/$1.log" || { code=$?; grep -v '^fullbase: ' "build-fuzz/$1.log" | tail -60; exit "$code"; }
grep -a 'stat::number_of_executed_units' "build-fuzz/$1.log"
