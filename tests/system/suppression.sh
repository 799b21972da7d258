#!/usr/bin/env bash
# Aggregates without small groups: what is shown is exact, what is hidden cannot be worked out, on any ranks; a job can demand it of all its
# aggregates. And folders that a job may not leave.
source "$(dirname "$0")/harness.sh"

cat >cells.py <<'PY'
# The lines, and later a comparison of the published tables with them: values as they are, groups by pandas, and no group of fewer than ten
# customers that follows from the tables by linear algebra.
import sys
import numpy, pandas, random
if sys.argv[1] == "make":
    random.seed(11)
    rows = []
    for customer in range(400):
        for line in range(random.randrange(1, 9)):
            region = random.choice("AAAABBBC") if customer % 50 else random.choice("ABCD")
            shop = region + str(min(int(random.expovariate(0.5)), 9))
            rows.append((f"k{customer}" if random.random() > 0.02 else "", region if random.random() > 0.03 else "", shop if random.random() > 0.03 else "",
                         random.choice(["web", "till"]), random.randrange(1, 99), "" if shop == "A0" and customer > 5 else random.randrange(900)))
    pandas.DataFrame(rows, columns="customer region shop channel pieces spare".split()).to_csv("lines.csv", index=False)
    sys.exit()
lines = pandas.read_csv("lines.csv").dropna(subset=["region", "shop", "channel"])
keys = ["region", "shop", "channel"]
tables = [pandas.read_csv(f"{name}.csv") for name in ("totals", "totals_1", "totals_2", "cells")]
leaves = {key: i for i, (key, _) in enumerate(lines.groupby(keys))}
shown, hidden, other = [], [], 0
for level, table in enumerate(tables):
    by = keys[:level]
    groups = lines.groupby(by) if by else [((), lines)]
    found = {tuple(row[k] for k in by): row for row in table.to_dict("records")}
    for key, group in groups:
        key = key if isinstance(key, tuple) else (key,)
        vector = numpy.zeros(len(leaves))
        for leaf in {tuple(row) for row in group[keys].itertuples(index=False)}: vector[leaves[leaf]] = 1
        customers = min(group.customer.nunique(), group[group.spare.notna()].customer.nunique())
        # Who has lines without a value, or such that add to a sum, is told by a difference.
        parts = (group[group.spare.isna()], group[group.spare.fillna(0) != 0], group[group.pieces != 0])
        few = customers < 10 or any(0 < part.customer.nunique() < 10 for part in parts)
        if key in found:
            row = found.pop(key)
            assert not few, (key, customers)
            assert row["lines"] == len(group) and row["pieces"] == group.pieces.sum() and abs(row["spare"] - group.spare.mean()) < 1e-9, key
            assert row["people"] == group.customer.nunique()
            shown.append(vector)
        elif few:
            hidden.append(vector)
        else:
            other += 1
    assert not found, found
matrix = numpy.array(shown)
rank = numpy.linalg.matrix_rank(matrix)
for vector in hidden: assert numpy.linalg.matrix_rank(numpy.vstack([matrix, vector])) > rank
assert len(shown) > 20 and len(hidden) > 20 and other > 3, (len(shown), len(hidden), other)
print(f"shown {len(shown)}, few {len(hidden)}, for others {other}: none follows")
PY
"$FULLBASE_TEST_PYTHON" cells.py make
cat >job.yaml <<'YAML'
version: 1
store: store
output: {file: out.h5}
import:
  lines:
    files: lines.csv
    columns: {customer: {type: category}, region: {type: category}, shop: {type: category}, channel: {type: category}, pieces: {type: int64}, spare: {type: int64}}
steps:
  cells:
    job: aggregate
    from: lines
    by: [region, shop, channel]
    measures: {lines: count, pieces: {sum: pieces}, spare: {mean: spare}, people: {distinct: customer}}
    suppress: {below: 10, count: customer, totals: true}
YAML
"$FULLBASE" run job.yaml --force >run.log 2>&1 || { cat run.log; breach "the run failed"; }
# Its totals come before it: what is told are the rows of the step's own table.
contains "rows of a step" "$("$FULLBASE" info out.h5 cells | sed -n '1s/ rows, .*/ rows in/p')" run.log
digest=$(digest_of_run job.yaml 1 1 1GiB --force)
for setting in "2 1 1GiB" "3 2 64MiB" "4 1 1GiB"; do
  same "the digest on $setting" "$digest" "$(digest_of_run job.yaml $setting --force)"
done
for table in totals totals_1 totals_2; do "$FULLBASE" export out.h5 cells/$table $table.csv >export.log; done
"$FULLBASE" export out.h5 cells cells.csv >export.log
"$FULLBASE_TEST_PYTHON" cells.py compare >compared.txt 2>&1 || breach "cells.py"
contains "cells" "none follows" compared.txt
cat compared.txt

# --- what would tell about parts of a group is refused
cp job.yaml small.yaml; sed -i 's/out.h5/small.h5/' small.yaml
mpi 2 run small.yaml --quiet --force
digest=$("$FULLBASE" digest small.h5 | tail -1)
mistake "a part of the lines" 's/{sum: pieces}/{sum: pieces, where: pieces > 5}/' 78 "looks at a part of a group's lines"
mistake "a greatest value" 's/{sum: pieces}/{max: pieces}/' 78 "are those of one customer"
mistake "a share" 's/{sum: pieces}/{share: pieces > 5}/' 78 "a share tells about a part"
mistake "a choice" 's/{sum: pieces}/{sum: "if(channel = '"'web'"', pieces, 0)"}/' 78 "\`if\` looks at a part of a group's lines"
mistake "by customer" 's/by: \[region, shop/by: [region, customer/' 78 "each customer is a group of its own"
mistake "no such column" 's/count: customer, totals/count: costumer, totals/' 78 "costumer"
mistake "a low limit" 's/below: 10/below: 1/' 78 "below"

cat >late.yaml <<'YAML'
version: 1
as_of: 2020-01-01
store: store
output: {file: late.h5}
steps:
  dated: {job: select, from: lines, derive: {day: as_of}, publish: false}
  cells: {job: aggregate, from: dated, by: shop, time: day, measures: {lines: count}, suppress: {count: customer}}
YAML
fails_with "no line before as_of" 65 "no line lies before 2020-01-01" mpirun -n 2 "$FULLBASE" run late.yaml --quiet

# --- the manifest tells how many lines there are: less the shown ones these are the hidden ones, so another group is hidden without totals too
{ echo customer,shop; for c in $(seq 30); do echo "$c,B"; done; for c in $(seq 20); do echo "$c,A"; done; echo 1,C; } >shops.csv
cat >shops.yaml <<'YAML'
version: 1
store: shops
output: {file: shops.h5}
import: {lines: {files: shops.csv, columns: {customer: {type: int64}, shop: {type: category}}}}
steps: {cells: {job: aggregate, from: lines, by: shop, measures: {lines: count}, suppress: {count: customer}}}
YAML
mpi 2 run shops.yaml --quiet
same "groups without totals" "$(printf 'shop,lines\nB,30')" "$("$FULLBASE" export shops.h5 cells shops_out.csv >export.log 2>&1; tr -d '\r' <shops_out.csv)"
same "tables without totals" "cells:" "$("$FULLBASE" info shops.h5 | grep -oE '^ *cells[^ ]*' | xargs)"

# --- a job that demands it of all
cat >demand.yaml <<'YAML'
version: 1
store: store
output: {file: demand.h5}
privacy: {suppress: {count: customer, below: 12}}
steps:
  regions: {job: aggregate, from: lines, by: [region, shop], measures: {people: {distinct: customer}}}
  profile: {job: aggregate, from: lines, by: customer, measures: {lines: count, most: {max: pieces}}}
  inner: {job: aggregate, from: lines, by: channel, measures: {most: {max: pieces}}, publish: false}
  again: {job: aggregate, from: lines, by: shop, measures: {people: {distinct: customer}}, suppress: {below: 20, count: customer}}
YAML
mpi 2 run demand.yaml --quiet || breach "the demanding job failed"
for table in regions again; do "$FULLBASE" export demand.h5 $table $table.csv >export.log; done
least() { "$FULLBASE_TEST_PYTHON" -c "import pandas, sys; print(pandas.read_csv(sys.argv[1]).people.min() >= int(sys.argv[2]))" "$@"; }
same "demanded of an aggregate" True "$(least regions.csv 12)"
same "its own, stricter" True "$(least again.csv 20)"
same "tables of customers stay whole" "$("$FULLBASE_TEST_PYTHON" -c "import pandas; print(pandas.read_csv('lines.csv').customer.nunique())")" \
  "$("$FULLBASE_TEST_PYTHON" -c "import h5py; print(h5py.File('demand.h5')['profile'].attrs['fullbase_rows'])")"
fails_with "a step that counts something else" 78 "the values of 'shop' are counted, and privacy.suppress demands those of 'customer'" \
  "$FULLBASE" validate demand.yaml --set steps.again.suppress.count=shop
fails_with "a laxer step" 78 "fewer than privacy.suppress lets through" "$FULLBASE" validate demand.yaml --set steps.again.suppress.below=11
fails_with "a published greatest value" 78 "are those of one customer" "$FULLBASE" validate demand.yaml --set steps.inner.publish=true

# --- roots
mkdir -p inside/out outside
cp lines.csv inside/; cp lines.csv outside/
ln -s ../outside inside/link
cat >roots.yaml <<'YAML'
version: 1
roots: [inside]
store: inside/store
output: {file: inside/out/o.h5}
import: {lines: {files: inside/lines.csv, columns: {customer: {type: category}, pieces: {type: int64}}}}
steps: {rows: {job: select, from: lines}}
YAML
mpi 2 run roots.yaml --quiet || breach "a job within its roots failed"
outside() { fails_with "$1" 78 "lies outside of the job" mpirun -n 2 "$FULLBASE" run roots.yaml --quiet --set "$2=$3"; }
outside "output" output.file outside/o.h5
outside "output by .." output.file inside/../outside/o.h5
outside "output by a link" output.file inside/link/o.h5
outside "store" store outside/store
outside "files" import.lines.files outside/lines.csv
outside "files by a pattern" import.lines.files 'outside/*.csv'
outside "files by a link" import.lines.files 'inside/*/lines.csv'
fails_with "files by a link, planned" 78 "lies outside of the job" "$FULLBASE" plan roots.yaml --set "import.lines.files=inside/*/lines.csv"
outside "files by .. behind a wildcard" import.lines.files 'inside/*/../../outside/*.csv'
outside "a link to be made" output.latest outside/latest.h5
outside "previous" previous '{file: outside/p.h5}'
outside "inputs" inputs '{x: {file: outside/x.h5}}'
outside "a name that only begins alike" output.file inside2/o.h5
mkdir -p outside/steps outside/spill
touch outside/steps/theirs.h5
ln -s "$PWD/outside" inside/out/w.h5.work
outside "a work folder by a link" output.file inside/out/w.h5
fails_with "a link for a work folder" 74 "is a link where the work folder should be" mpirun -n 2 "$FULLBASE" run roots.yaml --quiet --set roots=[] --set output.file=inside/out/w.h5
same "what it leads to" "lines.csv spill steps steps/theirs.h5" "$(cd outside && find . -mindepth 1 -printf '%P\n' | sort | xargs)"
touch outside/lock
ln -s "$PWD/outside/lock" inside/out/l.h5.lock
outside "a lock by a link" output.file inside/out/l.h5
fails_with "a link for a lock" 74 "make the lock file" mpirun -n 2 "$FULLBASE" run roots.yaml --quiet --set roots=[] --set output.file=inside/out/l.h5
rm -r outside/steps outside/spill outside/lock inside/out/?.h5.*
same "nothing outside" "lines.csv" "$(ls outside)"

# A night that is computed again goes on from what it went on from at first, if that still lies within the roots.
cat >series.yaml <<'YAML'
version: 1
as_of: ${NIGHT}
store: inside/store
output: {file: "inside/out/night-{as_of}.h5", latest: inside/out/latest.h5}
previous: {file: inside/out/latest.h5}
steps: {rows: {job: select, from: lines}}
YAML
for night in 2026-01-01 2026-01-02; do NIGHT=$night mpi 1 run series.yaml --quiet || breach "the night $night"; done
mv inside/out/night-2026-01-01.h5 outside/
ln -s "$PWD/outside/night-2026-01-01.h5" inside/out/night-2026-01-01.h5
NIGHT=2026-01-02 fails_with "a night before that lies outside" 78 "lies outside of the job" mpirun -n 2 "$FULLBASE" run series.yaml --quiet --force --set "roots=[inside]"
mv -T outside/night-2026-01-01.h5 inside/out/night-2026-01-01.h5
NIGHT=2026-01-02 mpi 2 run series.yaml --quiet --force --set "roots=[inside]" || breach "a night before that lies within the roots"
export FULLBASE_ROOTS="$PWD/inside/out:$PWD/inside/store"
fails_with "the environment's roots" 78 "'inside/lines.csv' lies outside of FULLBASE_ROOTS" mpirun -n 2 "$FULLBASE" run roots.yaml --quiet
FULLBASE_ROOTS="$PWD" mpi 2 run roots.yaml --quiet --force || breach "wider roots of the environment"
unset FULLBASE_ROOTS

# --- nothing of a job file reaches a shell: no source calls one, and a value that would do harm in one is a name like any other
same "calls of a shell" "" "$(grep -rnE '\b(system|popen|execl|execlp|execle|wordexp)\s*\(' "$SOURCE_ROOT/src" "$SOURCE_ROOT/jobs" --include='*.cpp' | grep -v '::system_error' || true)"
harm='$(touch harmed);`touch harmed`;touch harmed'
"$FULLBASE" run roots.yaml --quiet --force --set roots=[] --set "output.file=inside/out/$harm.h5" >harm.log 2>&1 || true
same "no harm" "" "$(find . -name harmed)"
finish
