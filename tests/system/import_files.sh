#!/usr/bin/env bash
# Files that an import finds, by pattern, folder, standard input and encoding: what DuckDB, pandas and Python read is what the table
# holds, on any ranks and in any order of the patterns; what cannot be right is one error, and the store stays as it was.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:=python3}"
"$FULLBASE_TEST_PYTHON" -c 'import duckdb, pandas' 2>/dev/null || skip "FULLBASE_TEST_PYTHON has no duckdb or pandas"
oracle() { "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/import_files.py" "$@"; }

job() {   # job FILE LINE...: an import of the table `t`
  local file=$1
  shift
  printf '%s\n' 'version: 1' 'store: store' 'import:' '  t:' >"$file"
  printf '    %s\n' "$@" >>"$file"
}
import() { "$FULLBASE" import "$@" --log-format json >import.log 2>&1 || { cat import.log; breach "import $*"; }; }
exported() { "$FULLBASE" export store t exported.csv >export.log && cat exported.csv; }
digest() { "$FULLBASE" digest store | grep '^t '; }
# refused WHAT CODE TEXT ARGUMENTS...: an import fails so, every other one on two ranks, and the store is as it was, and clean.
refusals=0
refused() {
  local what=$1 code=$2 text=$3 before command=("$FULLBASE")
  shift 3
  refusals=$((refusals + 1))
  [ $((refusals % 2)) -eq 1 ] || command=(mpirun -n 2 "$FULLBASE")
  before=$(ls store; cat store/manifest.json)
  fails_with "$what" "$code" "$text" "${command[@]}" import "$@"
  same "$what: the store" "$before" "$(ls store; cat store/manifest.json)"
}

# --- patterns and folders
oracle partitions
columns='columns: {item: {type: category}, quantity: {type: int64, required: true}, year: {type: int64}, shop: {type: category}}'
job sales.yaml 'files: sales/*/*/lines_?.csv.gz' "$columns"
oracle expected_partitions >expected.txt
for ranks in 1 2 3 4; do
  rm -rf store
  mpirun -n $ranks "$FULLBASE" import sales.yaml --quiet --set resources.threads=$((1 + ranks % 2))
  [ $ranks -gt 1 ] || { exported >/dev/null; same "rows of folders" "$(cat expected.txt)" "$(oracle sorted_rows exported.csv)"; first=$(digest); }
  same "digest on $ranks ranks" "$first" "$(digest)"
done
for files in '[sales/year=2025/**/*.gz, sales/year=2024/**/*.gz]' '[sales/**, ./sales//year=2024/shop=12/lines_1.csv.gz]'; do
  rm -rf store
  import sales.yaml --set "import.t.files=$files"
  same "digest of $files" "$first" "$(digest)"
done
import sales.yaml
contains "nothing has changed" unchanged import.log
folder=sales/year=2024/shop=12
printf 'item,quantity\nnew,1\n' | gzip >$folder/lines_0.csv.gz
mv $folder/lines_1.csv.gz $folder/lines_2.csv.gz
printf 'item,quantity\nnewer,1\n' | gzip >$folder/lines_3.csv.gz
rm -r sales/year=2025/shop=12
import sales.yaml
contains "what has become of the files" "files: 1 new, 1 replaced, 13 unchanged, 2 removed" import.log
changed=$(digest)
rm -rf store && import sales.yaml
same "the table by steps and at once" "$(digest)" "$changed"
mv sales/year=2024 sales/year=2023 && import sales.yaml
contains "a folder counts as content does" "files: 9 new, 0 replaced, 6 unchanged, 9 removed" import.log

refused "a pattern that finds nothing" 65 "sales/*/gone_*.csv: no file has a name like this" sales.yaml --set 'import.t.files=sales/*/gone_*.csv'
mkdir sales/other && cp $(ls sales/year=2023/shop=12/*.gz | head -1) sales/other/lines_9.csv.gz
refused "a file without the folder" 65 "sales/other/lines_9.csv.gz: the path has no folder 'year=...'" sales.yaml --set 'import.t.files=sales/**/*.gz'
rm -r sales/other && mkdir -p sales/year=x/shop=1 && printf 'item,quantity\na,1\n' >sales/year=x/shop=1/lines_0.csv.gz
refused "a folder of the wrong type" 65 "sales/year=x/shop=1/lines_0.csv.gz: column 'year': not a number in 'x' of the path" sales.yaml
printf 'item,quantity,shop\na,1,2\n' >sales/year=x/shop=1/lines_0.csv.gz && mv sales/year=x sales/year=2030
refused "a column in header and path" 65 "the column 'shop' is in the header and in the path" sales.yaml
printf 'item,amount\na,1\n' >sales/year=2030/shop=1/lines_0.csv.gz
refused "files whose columns differ" 65 "lines_0.csv.gz:1: the header has no column 'quantity', which 'sales/year=2023/shop=12/lines_0.csv.gz' has" sales.yaml

# --- standard input
rm -rf store
printf 'a,b\n1,x\n2,y\n' >plain.csv
job file.yaml 'files: plain.csv' 'columns: {a: {type: int64}, b: {type: category}}'
import file.yaml
plain=$(digest)
for ranks in 1 3; do
  rm -rf store
  mpirun -n $ranks "$FULLBASE" import file.yaml --quiet --set 'import.t.files="-"' <plain.csv
  same "standard input on $ranks ranks" "$plain" "$(digest)"
  same "what is left of it" "manifest.json t" "$(ls store | sed 's/t-[0-9]*.h5/t/' | grep -v 'lock\|readers' | tr '\n' ' ' | sed 's/ $//')"
done
gzip -c plain.csv | import file.yaml --set 'import.t.files="-"'
same "compressed standard input" "$plain" "$(digest)"
gzip -c plain.csv | import file.yaml --set 'import.t.files="-"'
contains "the same input again" unchanged import.log
refused "no input" 65 "standard input: is empty" file.yaml --set 'import.t.files="-"' </dev/null
gzip -c plain.csv | head -c 25 >cut.gz
before=$(cat store/manifest.json)
fails_with "input that ends early" 65 "standard input" "$FULLBASE" import file.yaml --set 'import.t.files="-"' <cut.gz
same "input that ends early: the store" "$before" "$(cat store/manifest.json)"
(sleep 4; cat plain.csv) | mpirun -n 2 "$FULLBASE" import file.yaml --quiet --force --set 'import.t.files="-"' --set resources.silence_limit=2s
same "input that is waited for" "$plain" "$(digest)"
mkfifo never
sleep 30 >never & writer=$!
"$FULLBASE" import file.yaml --set 'import.t.files="-"' <never >stop.log 2>&1 & reader=$!
until grep -q 't (import)' stop.log; do sleep 0.1; done
kill -TERM $reader
got=0
wait $reader || got=$?
same "an import that waits for input, told to stop" 75 $got
kill $writer
fails_with "two tables of one input" 78 "standard input is read by the tables 't' and 'u'" "$FULLBASE" import file.yaml \
  --set 'import.t.files="-"' --set 'import.u={files: "-", columns: {a: {type: int64}}}' <plain.csv
refused "input and files" 78 "standard input is read together with other files" file.yaml --set 'import.t.files=[plain.csv, "-"]'

# --- encodings
oracle encodings
for encoding in utf-8 utf-16 utf-16le utf-16be gb18030 latin1 windows-1252 shift_jis; do
  name=$([ $encoding = shift_jis ] && echo name || echo näme)
  job encoded.yaml "files: $encoding.csv" "encoding: $encoding" "columns: {$name: {as: name, type: string}, n: {type: int64}}"
  import encoded.yaml
  same "$encoding" "$(sha256sum <$encoding.expected)" "$(exported | sha256sum)"
  first=$(digest)
  import encoded.yaml --set import.t.files=$encoding.csv.gz
  same "$encoding, compressed" "$first" "$(digest)"
done
mpirun -n 2 "$FULLBASE" import encoded.yaml --quiet --force
same "shift_jis on two ranks" "$first" "$(digest)"
job encoded.yaml 'files: utf-16.csv' 'columns: {näme: {as: name, type: string}}'
refused "UTF-16 that nobody told of" 65 "utf-16.csv: the file begins with the byte-order mark of utf-16be, not of utf-8" encoded.yaml
refused "UTF-16 without a mark" 65 "utf-16le.csv: there is no byte-order mark" encoded.yaml --set import.t.files=utf-16le.csv --set import.t.encoding=utf-16
refused "another mark" 65 "the byte-order mark of utf-8, not of gb18030" encoded.yaml --set import.t.files=utf-8.csv --set import.t.encoding=gb18030
refused "latin1 taken for UTF-8" 65 "check the import's \`encoding\`" encoded.yaml --set import.t.files=latin1.csv
refused "no such encoding" 78 "'utf-17' is no encoding that iconv knows" encoded.yaml --set import.t.encoding=utf-17
printf 'a\nx\n\x81\xffy\n\x81\x30\n' >bad.csv
job bad.yaml 'files: bad.csv' 'encoding: gb18030' 'columns: {a: {type: string}}'
refused "bytes that are not in the encoding" 65 "first bad.csv:3: column 'a': not in the file's encoding in '" bad.yaml
contains "what to do about them" "say what \`encoding\` the file has" stderr.txt
import bad.yaml --set import.t.max_rejects=2
same "bytes that are borne" "a x" "$(exported | tr '\n' ' ' | sed 's/ $//')"

# --- local times: the earlier of two, none that the clocks skipped
oracle times
for zone in Europe/London America/New_York; do
  city=${zone#*/}
  job times.yaml "files: $city.csv" "timezone: $zone" 'max_rejects: 2' 'columns: {local: {type: string}, t: {type: timestamp}}'
  import times.yaml
  same "$zone" "$(cat $city.expected)" "$(exported)"
  same "$zone: what the clocks skipped" 2 "$("$FULLBASE" export store t.rejects rejects.csv >export.log; grep -c "local time skipped by the zone's clocks" rejects.csv)"
  refused "$zone: a time that the clocks skipped" 65 "local time skipped by the zone's clocks" times.yaml --set import.t.max_rejects=0
done

# --- a key
printf 'customer,invoice,n\na,1,1\nb,1,2\n' >first.csv; printf 'customer,invoice,n\nc,1,3\na,2,4\nb,1,5\n' >second.csv
job key.yaml 'files: [second.csv, first.csv]' 'columns: {customer: {type: category, required: true}, invoice: {type: int64}, n: {type: int64}}'
refused "a key of one column" 65 "t.customer: 2 rows repeat the key of an earlier one; the first is row 3 (1 of second.csv), with the key of row 0 (0 of first.csv)" \
  key.yaml --set import.t.key=customer
refused "a key of two columns" 65 "t.(customer, invoice): 1 row repeats the key of an earlier one; the first is row 4 (2 of second.csv), with the key of row 1 (1 of first.csv)" \
  key.yaml --set 'import.t.key=[customer, invoice]'
refused "a key that is no column" 78 "key 'custmer': is no column of the table" key.yaml --set import.t.key=custmer
import key.yaml --set import.t.key=n
import key.yaml --set import.t.key=n --set 'import.t.columns={customer: {type: category, required: true}, n: {type: int64, required: true}}'
contains "the table's key" key <("$FULLBASE" info store)

# --- an import that ends early: what was committed before stays, and is told
rm -rf store
cat >two.yaml <<'YAML'
version: 1
store: store
import:
  one: {files: first.csv, columns: {customer: {type: category}}}
  two: {files: second.csv, columns: {absent: {type: category}}}
YAML
fails_with "the second of two tables" 65 "absent" "$FULLBASE" import two.yaml
contains "the first one stays" "the store store has already been given one as it is now" stderr.txt
contains "the first one is there" "one: 2 rows" <("$FULLBASE" info store)
fails_with "the same again" 65 "absent" mpirun -n 2 "$FULLBASE" import two.yaml
same "nothing has changed" "" "$(grep "has already been given" stderr.txt || true)"
finish
