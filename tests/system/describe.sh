#!/usr/bin/env bash
# `fullbase describe` says of a table what pandas says of the same file, and says it in the same bytes on any ranks, threads and memory.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

"$FULLBASE_TEST_PYTHON" - <<'PY'
import numpy as np, pandas as pd
random = np.random.default_rng(7)
n = 50_000
missing = lambda values, share: [None if random.random() < share else v for v in values]
cities = np.array(["Zürich", "Köln", "Paris", "Łódź", "東京", "", "New York, NY"])
frame = pd.DataFrame({
    "customer": [f"C{i:06d}" for i in random.integers(0, 20_000, n)],
    "city": cities[np.minimum(random.geometric(0.4, n) - 1, 6)],
    "pieces": missing(random.integers(-5, 90, n), 0.1),
    "big": random.integers(-2**62, 2**62, n),
    "price": [f"{v / 100:.2f}" for v in random.integers(-500, 100_000, n)],
    "score": missing(random.normal(1e3, 1, n), 0.2),
    "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 700, n), "D"),
    "active": missing(random.random(n) < 0.3, 0.05),
})
frame["pieces"] = frame["pieces"].astype("Int64")
frame["active"] = frame["active"].map({True: "true", False: "false"})
frame.to_csv("lines.csv", index=False)
PY
cat >job.yaml <<'YAML'
version: 1
store: store
import:
  lines:
    files: lines.csv
    columns:
      customer: {type: category}
      city: {type: string}
      pieces: {type: int64}
      big: {type: int64}
      price: {type: decimal(2)}
      score: {type: float64}
      day: {type: date}
      active: {type: bool}
YAML
"$FULLBASE" import job.yaml --quiet

"$FULLBASE" describe store lines --format json >json.txt
truths=$((truths + 1))
"$FULLBASE_TEST_PYTHON" - <<'PY' || breach "describe is not what pandas says"
import json, math
import pandas as pd
told = json.load(open("json.txt"))
frame = pd.read_csv("lines.csv", dtype={"customer": str, "city": str, "pieces": "Int64", "active": str}, parse_dates=["day"], float_precision="round_trip")
assert told["rows"] == len(frame) == 50_000
assert [c["column"] for c in told["columns"]] == list(frame.columns)
for column in told["columns"]:
    name = column["column"]
    values = frame[name].dropna()
    if name == "day":
        values = values.dt.strftime("%Y-%m-%d")
    if name == "active":
        values = values.map({"true": True, "false": False})
    assert column["missing"] == len(frame) - len(values), name
    assert column["distinct"] == values.nunique(), name
    # Texts by bytes, which for UTF-8 is the order of code points, as Python's.
    assert column["least"] == values.min() and column["greatest"] == values.max(), name
    counts = sorted(values.value_counts().items(), key=lambda item: (-item[1], item[0]))[:5]
    assert [(f["value"], f["rows"]) for f in column["frequent"]] == counts, (name, column["frequent"], counts)
    assert all(math.isclose(f["share"], f["rows"] / 50_000) for f in column["frequent"])
    if name in ("pieces", "big", "price", "score"):
        numbers = values.astype("float64")
        assert math.isclose(column["mean"], numbers.mean(), rel_tol=1e-12, abs_tol=1e4 if name == "big" else 0), name
        assert math.isclose(column["deviation"], numbers.std(), rel_tol=1e-9), name
    if name in ("pieces", "big", "price", "score", "day"):
        ordered = sorted(values)
        for q in column["quantiles"]:
            place = max(1, math.ceil(round(q["probability"] * len(ordered), 6)))
            assert q["value"] == ordered[place - 1], (name, q)
    if name in ("customer", "city"):
        lengths = values.str.len()
        assert (column["lengths"]["shortest"], column["lengths"]["longest"]) == (lengths.min(), lengths.max())
        assert math.isclose(column["lengths"]["mean"], lengths.mean())
PY

"$FULLBASE" describe store >text.txt

contains "rows" "50,000 rows" text.txt
for way in "2 --threads 2" "3 --threads 1 --memory 1MiB" "4 --threads 2 --memory 1MiB"; do
  # shellcheck disable=SC2086
  mpi ${way%% *} describe store ${way#* } >other.txt 2>errors.txt || { cat errors.txt; breach "describe on $way"; }
  truths=$((truths + 1))
  cmp -s text.txt other.txt || { diff text.txt other.txt | head || true; breach "another text on $way"; }
done
"$FULLBASE" describe store --columns day,city --frequent 2 >some.txt
same "columns that are asked for" "day city" "$(awk 'f && NF == 0 {exit} f {print $1} /^column/ {f = 1}' some.txt | xargs)"

fails_with "a column that is not there" 2 "--columns: " "$FULLBASE" describe store lines --columns price,weight
fails_with "a table that is not there" 65 "orders" "$FULLBASE" describe store orders
fails_with "a table that is not there, on ranks" 65 "orders" mpirun -n 2 "$FULLBASE" describe store orders
fails_with "too little memory" 2 "10k" "$FULLBASE" describe store --memory 10k
finish
