#!/usr/bin/env bash
# Every C++ file is as clang-format leaves it. usage: format.sh SOURCE_ROOT
set -euo pipefail
cd "${1:?source root}"
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
find src jobs tests benchmarks \( -name '*.hpp' -o -name '*.cpp' \) -print0 | xargs -0 clang-format --dry-run -Werror
