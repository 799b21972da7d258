#!/usr/bin/env bash
# Builds with Parquet: fetches Arrow C++ into .arrow (the pinned pyarrow wheel has its headers and libraries; Debian 12 has no package)
# unless CMake finds one already, and builds the release with it.
# usage: scripts/arrow.sh
set -euo pipefail
source "$(dirname "$0")/setup.sh"

install_packages "${build_packages[@]}"
has_parquet() { grep -q '^FULLBASE_HAS_PARQUET:INTERNAL=ON' build/CMakeCache.txt; }
cmake --preset release -DFULLBASE_PARQUET=AUTO >/dev/null
if ! has_parquet; then
  install_packages python3 python3-venv
  rm -rf .arrow
  /usr/bin/python3 -m venv .arrow
  .arrow/bin/pip install --quiet --disable-pip-version-check --no-deps "$(grep '^pyarrow==' tests/requirements.txt)"
  cmake --preset release >/dev/null
  has_parquet || { echo "CMake does not find Arrow in .arrow; is the wheel one for this machine?" >&2; exit 1; }
fi
build_release fullbase
echo "build/bin/fullbase reads and writes Parquet"
