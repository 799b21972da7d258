#!/usr/bin/env bash
# The reference page and the JSON Schema in docs/ are what the command prints, the README's first job file is the one in configs/. usage: generated_docs.sh FULLBASE SOURCE_ROOT
set -euo pipefail
fullbase=${1:?fullbase} root=${2:?source root}
differences=0
# same FILE ARGUMENTS...: docs/FILE is what `fullbase ARGUMENTS` prints.
same() {
  local file=docs/$1
  shift
  "$fullbase" "$@" | diff -u "$root/$file" - || { echo "$file is out of date: write it again with: fullbase $* > $file"; differences=1; }
}
same options.md schema --docs
same job.schema.json schema
sed -n '/^```yaml$/,/^```$/{/^```yaml$/d;/^```$/q;p}' "$root/README.md" | diff -u "$root/configs/online_retail.yaml" - ||
  { echo "README.md shows another job file than configs/online_retail.yaml"; differences=1; }
exit "$differences"
