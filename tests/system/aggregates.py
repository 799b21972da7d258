"""Aggregates of an output against DuckDB's of the same lines. usage: aggregates.py OUTPUT LINES.csv AS_OF GROUP"""
import sys

import anndata
import duckdb
import h5py
import numpy as np
import pandas as pd

output, lines, as_of, group = sys.argv[1:]
truths, breaches = 0, 0


def compare(what, ours, theirs, tolerance):
    """Equal values, missing where missing; floats within a relative tolerance, 0 for exact."""
    global truths, breaches
    truths += 1
    ours, theirs = pd.Series(np.asarray(ours)), pd.Series(np.asarray(theirs))
    missing = ours.isna().to_numpy(), theirs.isna().to_numpy()
    if len(ours) != len(theirs) or (missing[0] != missing[1]).any():
        breaches += 1
        print(f"BREACH: {what}: {len(ours)} rows, {missing[0].sum()} missing; DuckDB {len(theirs)}, {missing[1].sum()}")
        return
    a, b = ours[~missing[0]], theirs[~missing[1]]
    if tolerance == 0:
        wrong = a.astype(str).to_numpy() != b.astype(str).to_numpy() if a.dtype == object else a.to_numpy() != b.to_numpy().astype(a.dtype)
    else:
        a, b = a.to_numpy(float), b.to_numpy(float)
        wrong = np.abs(a - b) > tolerance * np.maximum(np.abs(b), 1)
    if wrong.any():
        breaches += 1
        i = np.flatnonzero(wrong)[0]
        print(f"BREACH: {what}: {wrong.sum()} differ, the first {np.asarray(a)[i]!r} instead of {np.asarray(b)[i]!r}")


connection = duckdb.connect()
connection.execute("set timezone = 'UTC'")
scale = 3 if group == "country" else 2
columns = [row[0] for row in connection.execute(f"describe select * from read_csv('{lines}', all_varchar = true)").fetchall()]
selected = ", ".join({"time": "strptime(rtrim(time, 'Z'), '%Y-%m-%dT%H:%M:%S') as time", "quantity": "quantity::bigint as quantity",
                      "price": f"price::decimal(18, {scale}) as price"}.get(c, c) for c in columns)
connection.execute(f"create table lines as select row_number() over () as number, {selected} "
                   f"from read_csv('{lines}', all_varchar = true, nullstr = '')")
# Midnight of London is midnight or 23:00 of UTC.
end = connection.execute(f"select (timestamp '{as_of}' at time zone 'Europe/London') at time zone 'UTC'").fetchone()[0]

FILTERS = {"30d": "interval 30 days", "90d": "interval 90 days", "365d": "interval 365 days", "all": None}
MEASURES = {  # SQL with {w} for the window's condition, and the tolerance
    "lines": ("count(*) filter (where {w})", 0),
    "returns": ("count(*) filter (where {w} and quantity < 0)", 0),
    "priced": ("count(price) filter (where {w} and price > 1)", 0),
    "orders": ("count(distinct invoice) filter (where {w})", 0),
    "items": ("count(distinct item) filter (where {w} and quantity > 0)", 0),
    "spent": ("coalesce(sum(quantity * price) filter (where {w}), 0)::double", 0),
    "pieces": ("coalesce(sum(quantity) filter (where {w}), 0)::bigint", 0),
    "spent_float": ("coalesce(fsum(quantity::double * price::double) filter (where {w}), 0)", 1e-12),
    "mean_price": ("(sum(price) filter (where {w}))::double / count(price) filter (where {w})", 1e-12),
    "mean_float": ("favg(price::double / 3) filter (where {w})", 1e-12),
    "deviation": ("stddev_samp(price::double) filter (where {w})", 1e-9),  # DuckDB's is a running one
    "deviation_float": ("stddev_samp(price::double / 3) filter (where {w})", 1e-9),
    "least": ("(min(price) filter (where {w}))::double", 0),
    "most": ("max(quantity) filter (where {w})", 0),
    "latest": ("epoch_us(max(time) filter (where {w}))", 0),
    "first_item": ("arg_min(item, {{t: time, n: number}}) filter (where {w} and item is not null)", 0),
    "last_item": ("arg_max(item, {{t: time, n: number}}) filter (where {w} and quantity > 0 and item is not null)", 0),
    "first_price": ("(arg_min(price, {{t: time, n: number}}) filter (where {w}))::double", 0),
    "median_price": ("(quantile_disc(price, 0.5) filter (where {w}))::double", 0),
    "high": ("quantile_disc(quantity, 0.9) filter (where {w})", 0),
    "dear": ("(count(*) filter (where {w} and price > 2))::double / nullif(count(*) filter (where {w}), 0)", 1e-12),
    "bulk": ("(sum(quantity * price) filter (where {w} and quantity > 10))::double"
             " / nullif((sum(quantity * price) filter (where {w} and quantity > 0))::double, 0)", 1e-12),
}


def times(values):
    """Microseconds; the least int64 stands for a missing time."""
    values = pd.Series(values)
    return values.where(values != np.iinfo(np.int64).min)


with h5py.File(output) as file:
    tables = {name: anndata.io.read_elem(file[name]) for name in ("customers", "pairs", "months")}

for window, length in FILTERS.items():
    inside = "true" if length is None else f"time >= timestamp '{end}' - {length}"
    asked = ", ".join(f"{sql.format(w=inside)} as {name}" for name, (sql, _) in MEASURES.items())
    theirs = connection.execute(f"select customer, {asked} from lines where time < timestamp '{end}' and customer is not null "
                                "group by customer order by customer").df()
    ours = tables["customers"]
    compare(f"customers {window}", ours.index.to_numpy(), theirs["customer"], 0)
    for name, (_, tolerance) in MEASURES.items():
        values = ours[f"{name}_{window}"]
        if name == "bulk":  # a share of nothing is missing; so is DuckDB's sum of no line
            theirs[name] = theirs[name].where(theirs[name].notna(), np.where(values.notna(), 0.0, np.nan))
        if name == "latest":
            values = times(values)
        if str(values.dtype) == "category":
            values = values.astype(object)
        compare(f"{name}_{window}", values, theirs[name], tolerance)

theirs = connection.execute(f"""select "{group}" as k, customer, count(*) as lines, sum(quantity * price)::double as spent,
    count(distinct (time at time zone 'UTC' at time zone 'Europe/London')::date) as days, epoch_us(min(time)) as "when"
    from lines where price > 0 and "{group}" is not null and customer is not null group by all order by 1, 2""").df()
pairs = tables["pairs"]
compare("pairs: group", pairs[group].astype(object), theirs["k"], 0)
compare("pairs: customer", pairs["customer"].astype(object), theirs["customer"], 0)
for name in ("lines", "spent", "days"):
    compare(f"pairs: {name}", pairs[name], theirs[name], 0)
compare("pairs: when", times(pairs["when"]), theirs["when"], 0)

theirs = connection.execute("""select (time at time zone 'UTC' at time zone 'Europe/London')::date as day, quantity > 5 as big,
    count(*) as lines, sum(quantity)::bigint as pieces from lines group by all order by 1, 2""").df()
months = tables["months"]
for name in ("big", "lines", "pieces"):
    compare(f"months: {name}", months[name], theirs[name], 0)
print(f"{truths} truths, {breaches} breaches")
sys.exit(breaches > 0)
