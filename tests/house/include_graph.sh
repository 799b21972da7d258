#!/usr/bin/env bash
# The house as the build sees it: every #include of ours goes to a layer that layers.txt allows, and each third-party interface header
# occurs in its one folder only. Prints every breach; fails if there is any.
# usage: include_graph.sh SOURCE_ROOT
set -euo pipefail
root=${1:?source root}
rules=$(dirname "$0")/layers.txt
breaches=0
breach() { echo "$1"; breaches=$((breaches + 1)); }

declare -A allowed
while IFS=: read -r layer uses; do
  [[ $layer == \#* || -z $layer ]] && continue
  allowed[$layer]=" $layer $uses "
done <"$rules"

# file -> layer: src/<layer>/..., jobs/...
layer_of() { case $1 in jobs/*) echo jobs ;; src/*) local rest=${1#src/}; echo "${rest%%/*}" ;; esac; }

# Third-party header (regular expression) -> the only folders where it may occur.
declare -A home=(
  ['<mpi\.h>']=src/comm ['<hdf5.*\.h>']=src/store ['<omp\.h>']=src/parallel ['<yaml-cpp/']=src/config
  ['<spdlog/']=src/runtime ['<CLI/']=src/cli ['<Random123/']=src/random ['<openssl/']=src/base ['<xxhash\.h>']=src/base
  ['<sleef\.h>']=src/base ['<date/']=src/base ['<Eigen/']=src/algorithms ['<fast_float/']=src/store ['<zlib\.h>']=src/store
  ['<unicode/']=src/algorithms/texts
  ['<arrow/']=src/store/parquet ['<parquet/']=src/store/parquet
)

checked=0
while IFS= read -r file; do
  layer=$(layer_of "$file")
  checked=$((checked + 1))
  [[ -n ${allowed[$layer]:-} ]] || { breach "$file: the folder $layer is no layer of layers.txt"; continue; }
  while IFS=: read -r line text; do
    used=${text#*\"}; used=${used%%/*}
    [[ ${allowed[$layer]} == *" $used "* ]] || breach "$file:$line: layer $layer may not use $used"
  done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$root/$file" | grep -v '\.inc"' || true)
  for header in "${!home[@]}"; do
    if grep -qE "^[[:space:]]*#[[:space:]]*include[[:space:]]*$header" "$root/$file" && [[ $file != ${home[$header]}/* ]]; then
      breach "$file: includes $header, which belongs to ${home[$header]} alone"
    fi
  done
done < <(cd "$root" && find src jobs -name '*.hpp' -o -name '*.cpp' -o -name '*.inc' | sort)

# No public header may drag a third-party package into the layers below it. One that says "private to this folder" within its first
# lines may, if no other layer includes it.
while IFS= read -r file; do
  if head -4 "$root/$file" | grep -q 'private to this folder'; then
    layer=${file#src/}; layer=${layer%/*}
    outside=$(cd "$root" && grep -rlE "#[[:space:]]*include[[:space:]]*\"${file#src/}\"" src jobs | grep -v "^src/$layer/" || true)
    [[ -z $outside ]] || breach "$outside: includes $file, which is private to its folder"
    continue
  fi
  breach "$file: a header includes a third-party package; keep it to the .cpp"
done < <(cd "$root" && grep -lE '#[[:space:]]*include[[:space:]]*<(mpi\.h|hdf5|yaml-cpp/|omp\.h|openssl/|spdlog/|Eigen/|date/|sleef)' \
           $(find src jobs -name '*.hpp' ! -path '*/detail/*') /dev/null || true)

[ "$checked" -gt 0 ] || { echo "no source file found under $root"; exit 1; }
echo "$checked files checked, $breaches breaches"
[ "$breaches" -eq 0 ]
