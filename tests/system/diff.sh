#!/usr/bin/env bash
# Two nights with known changes: `fullbase diff` finds exactly those, as pandas does, in the same bytes on any ranks, threads and memory;
# `fullbase export --changes-since` writes exactly the rows that a warehouse lacks.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

"$FULLBASE_TEST_PYTHON" - <<'PY'
import numpy as np, pandas as pd
random = np.random.default_rng(3)
n = 30_000
old = pd.DataFrame({
    "customer": [f"K{i:05d}" for i in range(n)],
    "segment": random.choice(["Best", "Leaving", "New", "Zürich fans"], n),
    "monetary": np.round(random.gamma(2, 50, n), 2),
    "orders": random.integers(0, 40, n),
    "note": random.choice(["", "ok", "a, b"], n),
    "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 10_000_000, n), "s"),
})
old["orders"] = old["orders"].astype("Int64")
new = old.copy()
pick = lambda count: random.choice(n, count, replace=False)
new.loc[pick(500), "segment"] = "Best"
new.loc[pick(200), "segment"] = None
new.loc[pick(300), "monetary"] += 0.25
new.loc[pick(100), "monetary"] = np.nan
old.loc[pick(100), "monetary"] = np.nan
new.loc[pick(150), "orders"] = pd.NA
new.loc[pick(50), "note"] = "changed"
new.loc[pick(70), "seen"] += pd.Timedelta(1, "s")
new = new.drop(index=pick(900))
fresh = old.head(1200).copy()
fresh["customer"] = [f"N{i:05d}" for i in range(1200)]
new = pd.concat([new, fresh]).sample(frac=1, random_state=1)     # in another order of rows
# The old table has a column of its own and lacks one, and one has another type.
old.assign(gone=1, visits=random.integers(0, 9, n)).to_csv("old.csv", index=False, na_rep="NULL")
new.assign(fresh=1, visits=0.5).to_csv("new.csv", index=False, na_rep="NULL")
PY
columns='{customer: {type: string, required: true}, segment: {type: category, missing: ["NULL"]}, monetary: {type: float64, missing: ["NULL"]}, orders: {type: int64, missing: ["NULL"]},
      note: {type: category, missing: ["NULL"]}, seen: {type: timestamp}'
for night in old new; do
  others=$([ $night = old ] && echo 'gone: {type: int64}, visits: {type: int64}}' || echo 'fresh: {type: int64}, visits: {type: float64}}')
  printf 'version: 1\nstore: %s\nimport:\n  customers:\n    files: %s.csv\n    columns: %s, %s\n' $night $night "$columns" "$others" >$night.yaml
  "$FULLBASE" import $night.yaml --quiet
done

"$FULLBASE" diff old new --key customer --format json --limit 7 --output changes.csv >json.txt
truths=$((truths + 1))
"$FULLBASE_TEST_PYTHON" - <<'PY' || breach "diff is not what pandas says"
import json, math
import pandas as pd
read = lambda path: pd.read_csv(path, keep_default_na=False, na_values={c: ["NULL"] for c in ("segment", "monetary", "orders", "note")},
                                dtype={"orders": "Int64"}, float_precision="round_trip").set_index("customer").sort_index()
old, new = read("old.csv"), read("new.csv")
report = json.load(open("json.txt"))
assert report["different"] and [t["table"] for t in report["tables"]] == ["customers"]
told = report["tables"][0]
added, removed, both = new.index.difference(old.index), old.index.difference(new.index), new.index.intersection(old.index)
assert (told["rows_before"], told["rows_after"], told["added"], told["removed"]) == (len(old), len(new), len(added), len(removed)) == (30000, 30300, 1200, 900)
a, b = old.loc[both], new.loc[both]
columns = ["segment", "monetary", "orders", "note", "seen"]
changed = pd.DataFrame({c: ~((a[c] == b[c]).fillna(False).astype(bool) | (a[c].isna() & b[c].isna())) for c in columns})
assert told["changed"] == changed.any(axis=1).sum() and told["unchanged"] == len(both) - told["changed"]
assert [c["column"] for c in told["columns"]] == columns
for column in told["columns"]:
    name = column["column"]
    assert column["changed"] == changed[name].sum() > 0, name
    if name in ("monetary", "orders"):
        apart = (b[name] - a[name])[changed[name]].abs().dropna().astype(float)
        if len(apart):
            assert math.isclose(column["mean_change"], apart.mean(), rel_tol=1e-12), name
            assert column["greatest_change"] == apart.max(), name
        else:
            assert column["mean_change"] is None
    else:
        assert column["mean_change"] is None
assert {(s["column"], s["before"], s["after"]) for s in told["schema"]} == {("gone", "int64", None), ("fresh", None, "int64"), ("visits", "int64", "float64")}
pairs = pd.concat([old["segment"].rename("from").fillna("?").reindex(old.index.union(new.index)).fillna("absent"),
                   new["segment"].rename("to").fillna("?").reindex(old.index.union(new.index)).fillna("absent")], axis=1).value_counts()
state = lambda value, there: value if value is not None else "?" if there else "absent"
found = {(state(t["from"], t["in_before"]), state(t["to"], t["in_after"])): t["rows"] for t in told["transitions"]}
assert found == pairs.to_dict(), (found, pairs)
assert [r["key"]["customer"] for r in told["first_added"]] == list(added[:7])
assert [r["key"]["customer"] for r in told["first_removed"]] == list(removed[:7])
first = changed[changed.any(axis=1)].head(7)
cells = [(key, c) for key, row in first.iterrows() for c in columns if row[c]]
# Columns in the order of the later table, as in the file of changes.
assert [(r["key"]["customer"], r["column"]) for r in told["first_changed"]] == cells
changes = pd.read_csv("changes.csv", keep_default_na=False)
assert list(changes) == ["change", "customer", "column", "before", "after"]
assert changes["change"].value_counts().to_dict() == {"added": 1200, "removed": 900, "changed": changed.sum().sum()}
assert list(changes["customer"]) == sorted(changes["customer"])
values = changes[(changes["change"] == "changed") & (changes["column"] == "monetary")].set_index("customer")
assert set(values.index) == set(changed.index[changed["monetary"]])
for key, row in values.iterrows():
    for side, table in (("before", a), ("after", b)):
        assert (row[side] == "" and math.isnan(table.loc[key, "monetary"])) or float(row[side]) == table.loc[key, "monetary"]
PY

"$FULLBASE" diff old new --key customer >text.txt
contains "schemas come first" "column visits was int64 and is float64" text.txt
contains "rows" "1,200 added, 900 removed" text.txt
for way in "2 --threads 2" "3 --threads 1 --memory 3MiB" "4 --threads 2 --memory 3MiB"; do
  # shellcheck disable=SC2086
  mpi ${way%% *} diff old new --key customer ${way#* } --output other.csv >other.txt 2>errors.txt || { cat errors.txt; breach "diff on $way"; }
  truths=$((truths + 1))
  cmp -s text.txt other.txt || { diff text.txt other.txt | head || true; breach "another text on $way"; }
  cmp -s changes.csv other.csv || breach "another file of changes on $way"
done

# The delta of the columns that both have, put on the old table, is the new one; as CSV and as HDF5.
shared="customer,segment,monetary,orders,note,seen"
"$FULLBASE" export new customers delta.csv --changes-since old --key customer --columns $shared >told.txt
contains "what a delta holds" "1,200 added" told.txt
"$FULLBASE" export new customers delta.h5 --changes-since old --key customer --columns $shared --threads 2 --memory 2MiB >/dev/null
if [ "$(nproc)" -gt 1 ]; then
  OMPI_MCA_hwloc_base_binding_policy=core mpirun -n 1 "$FULLBASE" export new customers bound.csv --changes-since old --key customer --columns $shared >/dev/null 2>told.txt
  contains "a delta on fewer CPUs than there are" "warning: the launcher has bound the rank of this machine to" told.txt
fi
truths=$((truths + 1))
"$FULLBASE_TEST_PYTHON" - <<'PY' || breach "a delta does not bring the old table up to date"
import h5py, pandas as pd
from anndata.io import read_elem
columns = ["segment", "monetary", "orders", "note", "seen"]
read = lambda path: pd.read_csv(path, dtype=str, keep_default_na=False).set_index("customer")[columns].replace("NULL", "").sort_index()
old, new = read("old.csv"), read("new.csv")
delta = pd.read_csv("delta.csv", dtype=str, keep_default_na=False).set_index("customer")
assert list(delta) == ["change"] + columns
assert set(delta.index[delta["change"] == "removed"]) == set(old.index.difference(new.index))
assert set(delta.index[delta["change"] == "added"]) == set(new.index.difference(old.index))
removed = delta[delta["change"] == "removed"]
assert (removed[columns] == "").all().all()
upserts = delta[delta["change"] != "removed"][columns]
merged = pd.concat([old.drop(index=delta.index.intersection(old.index)), upserts]).sort_index()
merged["seen"] = pd.to_datetime(merged["seen"].str.replace("Z", "").str.replace("T", " "))
new["seen"] = pd.to_datetime(new["seen"])
for frame in (merged, new):
    for name in ("monetary", "orders"):
        frame[name] = pd.to_numeric(frame[name])
pd.testing.assert_frame_equal(merged, new)
# Nothing that did not change, and rows in the order of the new table.
both = old.index.intersection(delta.index[delta["change"] == "changed"])
assert not (read("old.csv").loc[both] == read("new.csv").loc[both]).all(axis=1).any()
order = pd.read_csv("new.csv", usecols=["customer"])["customer"]
assert list(upserts.index) == [c for c in order if c in set(upserts.index)]
with h5py.File("delta.h5") as file:
    packed = read_elem(file["customers"])
packed = packed.set_index("customer") if "customer" in packed else packed
assert list(packed.index) == list(delta.index) and list(packed["change"]) == list(delta["change"])
assert list(packed["orders"].fillna(-1).astype(int)) == [int(v) if v else -1 for v in delta["orders"]]
PY
"$FULLBASE" export new customers none.csv --changes-since new --key customer >told.txt
same "no change, no row" "change,customer,segment,monetary,orders,note,seen,fresh,visits" "$(cat none.csv)"

same "equal tables: exit code" 0 "$("$FULLBASE" diff new new --key customer --exit-code >equal.txt; echo $?)"
contains "equal tables" "0 added, 0 removed, 0 changed, 30,300 unchanged" equal.txt
same "different tables: exit code when asked for" 1 "$("$FULLBASE" diff old new --key customer --exit-code >/dev/null; echo $?)"

"$FULLBASE" diff old new --key customer --columns monetary --tolerance 0.3 --format json >json.txt
truths=$((truths + 1))
"$FULLBASE_TEST_PYTHON" - <<'PY' || breach "a tolerance hides small steps, and only those"
import csv, json
lines = [row for row in csv.DictReader(open("changes.csv")) if row["change"] == "changed" and row["column"] == "monetary"]
appeared = sum((row["before"] == "") != (row["after"] == "") for row in lines)
assert 0 < appeared < len(lines) and json.load(open("json.txt"))["tables"][0]["changed"] == appeared
PY

fails_with "a key that repeats" 65 "the key of row" "$FULLBASE" diff old new --key note
fails_with "a key that repeats, on ranks" 65 "the key of row" mpirun -n 3 "$FULLBASE" diff old new --key note
fails_with "a key that is a float" 65 "is no key" "$FULLBASE" diff old new --key monetary
fails_with "a key that no table has" 65 "no table of both places has the key buyer" "$FULLBASE" diff old new --key buyer
fails_with "a column of two types" 2 "'visits' is no column that can be compared" "$FULLBASE" diff old new --key customer --columns visits
fails_with "a delta whose columns the old table lacks" 65 "'fresh' is int64 here and not there" "$FULLBASE" export new customers d.csv --changes-since old --key customer
fails_with "a delta without its key" 2 "the key 'customer' is not among the columns" "$FULLBASE" export new customers d.csv --changes-since old --key customer --columns note
fails_with "a delta by no key" 2 "give --key as well" "$FULLBASE" export new customers d.csv --changes-since old
same "a delta that failed leaves no file" "" "$(ls d.csv d.csv.new 2>/dev/null)"
fails_with "a place that is not there" 65 "nowhere" "$FULLBASE" diff old nowhere --key customer
finish
