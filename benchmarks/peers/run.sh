#!/usr/bin/env bash
# Ours and the peers on the same data, side by side. usage: benchmarks/peers/run.sh KIND [arguments of KIND.py]
# Builds the bench preset, sets up the kind's own virtual environment from requirements-KIND.txt (pinned), runs KIND.py, which
# alternates ours and the peers, prints a row a case and ends with "lowest ratio: X.XX". What KIND.py can go without stands in
# java-KIND.txt: installed too where Java is there. How packages without a binary are compiled stands in build-KIND.env.
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=${1:?usage: benchmarks/peers/run.sh KIND}
shift
here=benchmarks/peers
requirements=$here/requirements-$kind.txt
[ -f "$requirements" ] || { echo "$here/$kind.py: there is no such comparison; there are: $(cd "$here" && ls requirements-*.txt | sed 's/requirements-//; s/\.txt//' | xargs)"; exit 2; }

build=${FULLBASE_BENCH_BUILD:-build-bench}
if [ ! -f "$build/build.ninja" ]; then
  cmake --preset bench -B "$build" >/dev/null
fi
cmake --build "$build"

venv=.venv-bench-$kind
if ! cmp -s "$requirements" "$venv/installed.txt"; then
  python3 -m venv --clear "$venv"
  (
    set -a
    if [ -f "$here/build-$kind.env" ]; then . "$here/build-$kind.env"; fi
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  )
  cp "$requirements" "$venv/installed.txt"
fi
if [ -f "$here/java-$kind.txt" ] && command -v java >/dev/null; then
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/java-$kind.txt" || echo "without $(xargs <"$here/java-$kind.txt")"
fi

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
FULLBASE_BENCH_BIN=$PWD/$build/bin exec "$venv/bin/python" "$here/$kind.py" "$@"
