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

# layer_of FILE: sets $layer, of src/<layer>/... or jobs/...
layer_of() { case $1 in jobs/*) layer=jobs ;; src/*) layer=${1#src/}; layer=${layer%%/*} ;; esac; }

# Third-party header (regular expression) -> the only folders where it may occur.
declare -A home=(
  ['<mpi\.h>']=src/comm ['<hdf5.*\.h>']=src/store ['<omp\.h>']=src/parallel ['<yaml-cpp/']=src/config
  ['<spdlog/']=src/runtime ['<CLI/']=src/cli ['<Random123/']=src/random ['<openssl/']=src/base ['<xxhash\.h>']=src/base
  ['<sleef\.h>']=src/base ['<date/']=src/base ['<Eigen/']=src/algorithms ['<fast_float/']=src/store ['<zlib\.h>']=src/store
  ['<unicode/']=src/algorithms/texts
  ['<arrow/']=src/store/parquet ['<parquet/']=src/store/parquet
)

cd "$root"
checked=0
while IFS= read -r file; do
  checked=$((checked + 1))
  layer_of "$file"
  [[ -n ${allowed[$layer]:-} ]] || breach "$file: the folder $layer is no layer of layers.txt"
done < <(find src jobs -name '*.hpp' -o -name '*.cpp' -o -name '*.inc' | sort)

# includes PATTERN: FILE:LINE:TEXT of each include of our files whose name, with its quote or bracket, begins so
includes() { grep -rnE --include='*.hpp' --include='*.cpp' --include='*.inc' "^[[:space:]]*#[[:space:]]*include[[:space:]]*$1" src jobs || true; }

while IFS=: read -r file line text; do
  [[ $text != *'.inc"'* ]] || continue
  layer_of "$file"
  used=${text#*\"}; used=${used%%/*}
  [[ ${allowed[$layer]:-} == *" $used "* ]] || breach "$file:$line: layer $layer may not use $used"
done < <(includes '"')

for header in "${!home[@]}"; do
  while IFS=: read -r file line _; do
    [[ $file == "${home[$header]}"/* ]] || breach "$file:$line: includes $header, which belongs to ${home[$header]} alone"
  done < <(includes "$header")
done

# No public header may drag a third-party package into the layers below it. One that says "private to this folder" within its first
# lines may, if no other layer includes it.
while IFS= read -r file; do
  if head -4 "$file" | grep -q 'private to this folder'; then
    layer=${file#src/}; layer=${layer%/*}
    outside=$(grep -rlE "#[[:space:]]*include[[:space:]]*\"${file#src/}\"" src jobs | grep -v "^src/$layer/" || true)
    [[ -z $outside ]] || breach "$outside: includes $file, which is private to its folder"
    continue
  fi
  breach "$file: a header includes a third-party package; keep it to the .cpp"
done < <(grep -lE '#[[:space:]]*include[[:space:]]*<(mpi\.h|hdf5|yaml-cpp/|omp\.h|openssl/|spdlog/|Eigen/|date/|sleef)' \
           $(find src jobs -name '*.hpp' ! -path '*/detail/*') /dev/null || true)

[ "$checked" -gt 0 ] || { echo "no source file found under $root"; exit 1; }
echo "$checked files checked, $breaches breaches"
[ "$breaches" -eq 0 ]
