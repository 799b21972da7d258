#!/usr/bin/env bash
# The seeds of a fuzzing target and mutants of them, the same ones in every run. What ends the target is left as last_input.
# usage: replay.sh NAME PROGRAM MUTANTS KIB_OF_MEMORY
set -euo pipefail
: "${SOURCE_ROOT:?root of the source tree}"
work=$(mktemp -d "${TMPDIR:-/tmp}/fullbase-fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 "$SOURCE_ROOT/tests/fuzz/seeds.py" "$1" seeds "$SOURCE_ROOT"
ulimit -v "$4"
TMPDIR=$work "$2" seeds "$3" 2>messages || { code=$?; tail -40 messages; echo "the input that ended it, in base64:"; base64 last_input | head -100; exit "$code"; }
