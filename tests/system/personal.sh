#!/usr/bin/env bash
# Personal data. The customers' numbers planted in the files are nowhere in what a pseudonymised job writes or says: store, work folder of a
# killed run, output, record, logs, messages about bad rows. All files are 0600, whatever the umask. The key is read from where nobody else reads.
source "$(dirname "$0")/harness.sh"
umask 000   # what must not matter

# Customers PLANTED0000 .. PLANTED0299, in files of 12,000 lines. The clear column `country` shows that the search below finds what is there.
"$FULLBASE_TEST_PYTHON" - <<'PY'
import random
random.seed(3)
for part in (0, 1):
    with open(f"lines{part}.csv", "w") as file:
        file.write("customer,mail,invoice,time,item,quantity,price,country\n")
        for line in range(12000):
            c = random.randrange(300)
            file.write(f"PLANTED{c:04d},PLANTED{c:04d}@mail.example,i{line},2011-{1 + line % 11:02d}-0{1 + line % 9}T10:00:00Z,item{random.randrange(40)},"
                       f"{random.randrange(1, 9)},{random.randrange(100, 900) / 100},{'VISIBLE' if c % 3 else 'France'}\n")
PY
head -c 32 /dev/urandom >customer.key
chmod 600 customer.key
cat >job.yaml <<'YAML'
version: 1
as_of: 2011-12-10
store: store
output: {file: out/result.h5}
privacy: {key_file: customer.key}
import:
  lines:
    files: "lines*.csv"
    columns:
      customer: {type: category, required: true, pseudonym: true}
      mail:     {type: string, pseudonym: true}
      invoice:  {type: category}
      time:     {type: timestamp}
      item:     {type: category}
      quantity: {type: int64}
      price:    {type: decimal(2)}
      country:  {type: category}
steps:
  sales: {job: select, from: lines, derive: {amount: quantity * price}}
  rfm: {job: rfm, from: sales, amount: amount}
  spent: {job: aggregate, from: sales, by: country, measures: {lines: count, spent: {sum: amount}}}
  matrix: {job: interactions, from: sales, customer: customer, item: item}
  segments: {job: kmeans, from: rfm, k: 4, n_init: 3, columns: {frequency: [log1p, standardize], monetary: [asinh, standardize]}}
YAML

# nothing_planted WHAT PLACE...: names and bytes of all files there.
nothing_planted() {
  local what=$1 found; shift
  found=$(grep -rlaF PLANTED "$@" 2>/dev/null || true; find "$@" -name '*PLANTED*')
  same "$what: no customer's number" "" "$found"
}
# all_private WHAT PLACE...
all_private() { local what=$1; shift; same "$what: access rights" "" "$(find "$@" -type f ! -perm 600 -printf '%m %p\n'; find "$@" -type d ! -perm 700 -printf '%m %p\n')"; }

mkdir logs out && chmod 700 logs out
mpi 2 run job.yaml >logs/run.log 2>&1 || { cat logs/run.log; breach "the job failed"; }
grep -raqF VISIBLE store out && truths=$((truths + 1)) || breach "the search finds what is there"
nothing_planted "a run" store out logs
all_private "a run" store out
digest=$("$FULLBASE" digest out/result.h5 | tail -1)
for command in "info store" "head store lines" "info out/result.h5" "verify out/result.h5" "digest store" "describe store lines" "plan job.yaml" "validate job.yaml"; do
  "$FULLBASE" $command >"logs/${command//[ \/]/_}" 2>&1 || true
done
"$FULLBASE" export out/result.h5 rfm logs/rfm.csv >/dev/null
nothing_planted "what commands show" logs
same "an export's access rights" 600 "$(stat -c %a logs/rfm.csv)"

# --- the guide's Python gives the same pseudonyms
"$FULLBASE" export store lines exported.csv >/dev/null
same "Python's pseudonyms" equal "$("$FULLBASE_TEST_PYTHON" - <<'PY'
import csv, hashlib
key = open("customer.key", "rb").read()
stands_for = lambda text: hashlib.blake2b(text.encode(), key=key, digest_size=16).hexdigest()
rows = [row for part in (0, 1) for row in csv.DictReader(open(f"lines{part}.csv"))]
got = list(csv.DictReader(open("exported.csv")))
print("equal" if len(rows) == len(got) and all(
    a[c] == b[c] if c == "country" else stands_for(a[c]) == b[c] for a, b in zip(rows, got) for c in ("customer", "mail", "country")) else "different")
PY
)"

# --- the same on other ranks; from a descriptor; what the files' digests are, nobody can try out
cat >seal.py <<'PY'
import hashlib, sys, pathlib
texts = b"".join(p.read_bytes() for root in ("store", "out") for p in pathlib.Path(root).rglob("*") if p.is_file())
for part in (0, 1):
    if hashlib.sha256(open(f"lines{part}.csv", "rb").read()).hexdigest().encode() in texts: sys.exit("a file's SHA-256 is there")
key = open("customer.key", "rb").read()
if key in texts or key.hex().encode() in texts: sys.exit("the key is there")
PY
same "digests and key" "" "$(python3 seal.py 2>&1)"
rm -r store
mpi 3 run job.yaml --force --quiet >logs/again.log 2>&1 || { cat logs/again.log; breach "the job failed on 3 ranks"; }
same "the digest on 3 ranks" "$digest" "$("$FULLBASE" digest out/result.h5 | tail -1)"
rm -r store
sed '/privacy/d' job.yaml >no_key.yaml
"$FULLBASE" import no_key.yaml --quiet --key-fd 3 3<customer.key >logs/fd.log 2>&1 || { cat logs/fd.log; breach "--key-fd"; }
mpi 2 import no_key.yaml --quiet --key-fd 0 <customer.key >logs/stdin.log 2>&1 || { cat logs/stdin.log; breach "--key-fd 0 under mpirun"; }

# --- keys that are refused
fails_with "no key" 78 "there is no key" "$FULLBASE" import no_key.yaml --quiet
fails_with "a descriptor that is not open" 78 "no such file is open" "$FULLBASE" import no_key.yaml --quiet --key-fd 9
cp customer.key open.key
for mode in 0644 0640 0660 0604 0700; do
  chmod $mode open.key
  fails_with "mode $mode" 78 "its mode is $mode" mpirun -n 2 "$FULLBASE" run job.yaml --quiet --set privacy.key_file=open.key
done
# Told before the run, too.
for command in validate plan "submit --dry-run"; do
  # shellcheck disable=SC2086
  "$FULLBASE" $command job.yaml --set privacy.key_file=open.key >told.txt 2>&1 || "$FULLBASE" $command job.yaml -- --set privacy.key_file=open.key >told.txt 2>&1 || breach "$command failed"
  contains "$command: mode" "warning: privacy.key_file: open.key: others may read the pseudonyms' key: its mode is 0700" told.txt
done
contains "validate: no key" "warning: there are columns with pseudonyms and no privacy.key_file" <("$FULLBASE" validate no_key.yaml)
contains "plan: no file" "warning: privacy.key_file: absent.key: there is no such key file" <("$FULLBASE" plan job.yaml --set privacy.key_file=absent.key)
same "validate: a right key" 0 "$("$FULLBASE" validate job.yaml | grep -c key)"
fails_with "a batch job has no open file" 2 "--key-fd: a batch job is given no open file" "$FULLBASE" submit job.yaml --dry-run -- --key-fd 3
head -c 31 /dev/urandom >short.key; head -c 65 /dev/urandom >long.key; head -c 32 /dev/urandom >other.key; chmod 600 short.key long.key other.key
fails_with "a short key" 78 "has 31 bytes, not 32 to 64" "$FULLBASE" import job.yaml --quiet --set privacy.key_file=short.key
fails_with "a long key" 78 "has more than 64 bytes" "$FULLBASE" import job.yaml --quiet --set privacy.key_file=long.key
fails_with "another key" 78 "is not the one of store store" mpirun -n 2 "$FULLBASE" import job.yaml --quiet --set privacy.key_file=other.key
: >empty.key; chmod 600 empty.key
fails_with "an empty input" 78 "--key-fd: the input that should hold the pseudonyms' key is empty" "$FULLBASE" import no_key.yaml --quiet --key-fd 3 3</dev/null
same "an empty input is no reason for another key" 0 "$(grep -c 'urandom' stderr.txt || true)"
fails_with "an empty file" 78 "empty.key: the pseudonyms' key has 0 bytes" "$FULLBASE" import job.yaml --quiet --set privacy.key_file=empty.key
contains "an empty file: advice" "give the one that the store was made with" stderr.txt
contains "an empty file: no other is overwritten" "set -C; head -c 32 /dev/urandom > customer.key" stderr.txt
fails_with "no file" 78 "there is no such key file" "$FULLBASE" import job.yaml --quiet --set privacy.key_file=none.key
fails_with "a number" 78 "pseudonyms are texts" "$FULLBASE" import job.yaml --quiet --set import.lines.columns.quantity.pseudonym=true
fails_with "standard input" 78 "cannot have pseudonyms" "$FULLBASE" import job.yaml --quiet --set 'import.lines.files=["-"]'
same "the store stands" "$digest" "$(mpi 2 run job.yaml --quiet --force >logs/stands.log 2>&1; "$FULLBASE" digest out/result.h5 | tail -1)"

# --- bad rows: messages and rejects say where, and not what
{ cat lines0.csv; printf 'PLANTED7777,PLANTED7777@mail.example,i1,yesterday,item1,1,1,x\nPLANTED8888,2\n"PLANTED9999,x\n","y",i1,2011-01-01,i,PLANTED6666,1,x\n'; } >lines0.csv.new
cp lines0.csv good.csv; mv lines0.csv.new lines0.csv
fails_with "a bad row" 65 "lines0.csv:12002: column 'time': does not match the time format;" mpirun -n 2 "$FULLBASE" run job.yaml
cp stderr.txt logs/bad1.txt; cp stdout.txt logs/bad2.txt
fails_with "a repeated key" 65 "repeat the key of an earlier one" mpirun -n 2 "$FULLBASE" run job.yaml --set import.lines.max_rejects=10 --set 'import.lines.key=[customer]'
cp stderr.txt logs/bad3.txt
mpi 2 run job.yaml --set import.lines.max_rejects=10 >logs/rejects.log 2>&1 || { cat logs/rejects.log; breach "a run with rejects failed"; }
"$FULLBASE" export store lines.rejects logs/rejects.csv >/dev/null
same "rejects" "12002 12003 12004" "$("$FULLBASE_TEST_PYTHON" -c "import csv; print(*[r['line'] for r in csv.DictReader(open('logs/rejects.csv'))])")"
nothing_planted "bad rows" store out logs
sed -i 1d lines0.csv
fails_with "a forgotten header" 65 "not shown since they may be a row" "$FULLBASE" import job.yaml
cp stderr.txt logs/header.txt
nothing_planted "a forgotten header" store out logs
mv good.csv lines0.csv

# --- killed at any time: what stays
RANDOM=5
for kill in 1 2 3 4 5 6; do
  rm -rf store
  mpirun -n 2 "$FULLBASE" run job.yaml --force --set steps.segments.n_init=200 >logs/killed$kill.log 2>&1 &
  launcher=$!
  sleep "0.$((RANDOM % 8 + 1))$((RANDOM % 10))"
  [ $kill -lt 4 ] || sleep 0.7
  ranks=$(pgrep -P $launcher || true)
  kill -KILL $launcher $ranks 2>/dev/null || true
  wait $launcher 2>/dev/null || true
  for _ in $(seq 300); do kill -0 $ranks 2>/dev/null || break; sleep 0.02; done
  [ ! -e store ] || { nothing_planted "kill $kill" store; all_private "kill $kill" store; }
  nothing_planted "kill $kill" out logs
  all_private "kill $kill" out
done

# --- nothing is ever made with other rights: every file that the system was asked for
if command -v strace >/dev/null; then
  rm -rf store out traced; mkdir -m 700 out
  OMPI_MCA_btl=self strace -f -qq -e trace=open,openat,creat,mkdir,mkdirat -o traced "$FULLBASE" run job.yaml --quiet >logs/traced.log 2>&1 || { cat logs/traced.log; breach "the traced run failed"; }
  # HDF5 opens what stands there already, 0600, with O_CREAT; the launcher's own folders lie elsewhere.
  same "files of other rights" "" "$(grep -E '"(store|out)/' traced | grep -E 'O_CREAT|O_TMPFILE|mkdir' | grep -vE ', 0600\)|, 0700\)|, 0666\) += +[0-9]+$' || true)"
  "$FULLBASE_TEST_PYTHON" - traced >bare.txt <<'PY'
# Files that were made by a call that asks for more than 0600, and not before by one that does not.
import re, sys
private = set()
for line in open(sys.argv[1], errors="replace"):
    call = re.search(r'"((?:store|out)/[^"]*)", ([^,]*O_CREAT[^,]*), (0\d+)\) = \d', line)
    if not call: continue
    if call[3] == "0600": private.add(call[1])
    elif call[1] not in private: print(call[1], call[3])
PY
  same "files made with other rights" "" "$(cat bare.txt)"
  all_private "a traced run" store out
else
  partly "strace is not there"
fi
finish
