#!/usr/bin/env bash
# Sets up, builds, and runs the tests: all but the label long, or those that the given ctest arguments choose.
# usage: scripts/test.sh [ctest arguments]              e.g. scripts/test.sh -L mpi
set -euo pipefail
source "$(dirname "$0")/setup.sh"

# The tests read outputs with Python and R, shrink disks, look at processes, and start a Slurm of their own.
install_packages "${build_packages[@]}" python3 python3-venv procps util-linux strace clang-format r-base-core r-bioc-rhdf5 r-cran-bit64 \
  slurmctld slurmd slurm-client munge iproute2
# Chosen tests may be those in which clang's libFuzzer drives the fuzzing targets for minutes; the ordinary ones replay inputs without it.
if [ $# -gt 0 ]; then install_packages clang-16 libclang-rt-16-dev; fi

# A venv of the tests' own: outputs are read with the packages that users have.
if [ ! -x .venv-tests/bin/python ] || ! cmp -s tests/requirements.txt .venv-tests/requirements.txt; then
  rm -rf .venv-tests
  /usr/bin/python3 -m venv .venv-tests
  .venv-tests/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
  cp tests/requirements.txt .venv-tests/requirements.txt
fi
export FULLBASE_TEST_PYTHON="$PWD/.venv-tests/bin/python"

# The venv has Arrow C++ too: a build that was configured before it was there is configured anew, for Parquet is tested with it.
grep -q '^FULLBASE_HAS_PARQUET:INTERNAL=ON' build/CMakeCache.txt 2>/dev/null || cmake --preset release >/dev/null
build_release

if [ -z "${FULLBASE_REAL_DATA:-}" ] && [ -d ../shared/data ]; then
  FULLBASE_REAL_DATA=$(cd ../shared/data && pwd)
fi
if [ -n "${FULLBASE_REAL_DATA:-}" ]; then
  export FULLBASE_REAL_DATA
else
  echo "FULLBASE_REAL_DATA is not set: tests on real data are skipped"
fi

if [ $# -eq 0 ]; then set -- -LE long; fi
ctest --test-dir build --output-on-failure --no-tests=error -j 2 "$@"
