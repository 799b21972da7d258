"""An aggregate with windows: ours from its store beside DuckDB (from Parquet and from a table of its own) and polars (from Parquet).

Data: 20 million lines of 371,000 customers, as rfm.py has them. Asked of everybody, for each customer in three windows (30, 90 and 365
days before as_of): lines, distinct invoices, net amount, mean price, greatest quantity and last time, on disk and synchronised. Timed as
in rfm.py: whole processes, inputs in the page cache, 2 cores for everybody. DuckDB is asked in two ways, with FILTER and with one
grouping by customer and window that is added up afterwards where that is possible, and for exact decimals and doubles; the fastest counts. All results are compared, row
by row: counts, distinct invoices, amounts to the cent, quantities and times equal, means within 1e-12.
"""
import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from peer_runs import DATA, THREADS, alternating_medians, bring_into_cache
from transactions import report, run_ours, run_peer, transactions

AS_OF = "2026-01-01"
WINDOWS = (30, 90, 365)
JOB = f"""version: 1
as_of: {AS_OF}
store: {{store}}
output: {{{{file: {{output}}}}}}
steps:
  profile:
    job: aggregate
    from: transactions
    by: customer
    time: time
    windows: [{", ".join(f"{days}d" for days in WINDOWS)}]
    measures:
      lines: count
      invoices: {{{{distinct: invoice}}}}
      spent: {{{{sum: quantity * price}}}}
      price: {{{{mean: price}}}}
      most: {{{{max: quantity}}}}
      latest: {{{{max: time}}}}
"""

FILTERED = ", ".join(
    f"count(*) filter (where w <= {days}) as lines_{days}d, count(distinct invoice) filter (where w <= {days}) as invoices_{days}d, "
    f"sum(AMOUNT) filter (where w <= {days}) as spent_{days}d, avg(PRICE) filter (where w <= {days}) as price_{days}d, "
    f"max(quantity) filter (where w <= {days}) as most_{days}d, max(time) filter (where w <= {days}) as latest_{days}d"
    for days in WINDOWS)
# Distinct invoices of nested windows: each invoice once, in its innermost window. The rest adds up from the innermost windows.
NESTED = ", ".join(
    f"sum(lines) filter (where w <= {days})::bigint as lines_{days}d, sum(invoices) filter (where w <= {days})::bigint as invoices_{days}d, "
    f"sum(spent) filter (where w <= {days}) as spent_{days}d, "
    f"(sum(prices) filter (where w <= {days}) / sum(priced) filter (where w <= {days})) as price_{days}d, "
    f"max(most) filter (where w <= {days}) as most_{days}d, max(latest) filter (where w <= {days}) as latest_{days}d"
    for days in WINDOWS)
WINDOW = " ".join(f"when time >= timestamp '{AS_OF}' - interval {days} day then {days}" for days in WINDOWS)

DUCKDB = f"""
connection = duckdb.connect(database)
connection.execute("set threads = {THREADS}; set preserve_insertion_order = false")
connection.execute("attach '" + target + "' as result")
lines = '''(select customer, invoice, quantity, price, time, case {WINDOW} else 1000000 end as w
            from ''' + source + ''' where time < timestamp '{AS_OF}')'''
filtered = '''select customer, {FILTERED} from ''' + lines + ''' group by customer'''
nested = '''select customer, {NESTED} from (
  select customer, w, sum(lines) as lines, count(*) filter (where invoice is not null) as invoices, sum(spent) as spent,
         sum(prices) as prices, sum(priced) as priced, max(most) as most, max(latest) as latest from (
    select customer, invoice, min(w) as w, count(*) as lines, sum(AMOUNT) as spent, sum(PRICE) as prices, count(price) as priced,
           max(quantity) as most, max(time) as latest
    from ''' + lines + ''' group by customer, invoice) group by customer, w) group by customer'''
query = (nested if shape == "nested" else filtered)
query = query.replace("AMOUNT", "quantity * price" + kind).replace("PRICE", "price" + kind)
connection.execute("create table result.profile as " + query)
connection.execute("checkpoint result")
connection.close()"""

POLARS = f"""
from datetime import datetime, timedelta
as_of = datetime.fromisoformat("{AS_OF}")
lines = pl.scan_parquet(parquet).filter(pl.col("time") < as_of)
measures = []
for days in {WINDOWS}:
    inside = pl.col("time") >= as_of - timedelta(days=days)
    price = pl.col("price").cast(pl.Float64)
    measures += [inside.sum().cast(pl.Int64).alias(f"lines_{{days}}d"),
                 pl.col("invoice").filter(inside).n_unique().cast(pl.Int64).alias(f"invoices_{{days}}d"),
                 (pl.col("quantity") * price).filter(inside).sum().alias(f"spent_{{days}}d"),
                 price.filter(inside).mean().alias(f"price_{{days}}d"),
                 pl.col("quantity").filter(inside).max().alias(f"most_{{days}}d"),
                 pl.col("time").filter(inside).max().alias(f"latest_{{days}}d")]
lines.group_by("customer").agg(measures).collect(engine="streaming").write_parquet(target)
file = os.open(target, os.O_RDONLY)
os.fsync(file)"""

COLUMNS = [f"{name}_{days}d" for days in WINDOWS for name in ("lines", "invoices", "spent", "price", "most", "latest")]


def our_rows(output):
    import h5py

    def values(dataset):
        if isinstance(dataset, h5py.Group):
            return np.where(dataset["mask"][:], 0, dataset["values"][:])
        return dataset[:]

    with h5py.File(output) as file:
        profile = file["profile"]
        return {"customer": profile["customer"].asstr()[:], **{name: values(profile[name]) for name in COLUMNS}}


def peer_rows(target):
    import duckdb

    wanted = ["customer"]
    for name in COLUMNS:
        if name.startswith("latest"):
            wanted.append(f"coalesce(epoch_us({name}), -9223372036854775808) as {name}")
        elif name.startswith("price"):
            wanted.append(f"coalesce({name}::double, 'nan'::double) as {name}")
        else:
            wanted.append(f"coalesce({name}, 0)::double as {name}")
    with duckdb.connect() as connection:
        if str(target).endswith(".parquet"):
            source = f"'{target}'"
        else:
            connection.execute(f"attach '{target}' as result (read_only)")
            source = "result.profile"
        rows = connection.execute(f"select {', '.join(wanted)} from {source} order by customer").fetchnumpy()
    return {name: np.ma.getdata(values) for name, values in rows.items()}


def difference(ours, theirs):
    """Nothing if all rows are equal."""
    if len(ours["customer"]) != len(theirs["customer"]):
        return f"{len(theirs['customer'])} customers instead of {len(ours['customer'])}"
    if (ours["customer"] != theirs["customer"]).any():
        return "other customers"
    for name in COLUMNS:
        a, b = ours[name], theirs[name]
        if name.startswith("price"):
            a, b = a.astype(float), b.astype(float)
            wrong = (np.isnan(a) != np.isnan(b)) | (np.abs(a - b) > 1e-12 * np.abs(b))
        elif name.startswith("spent"):
            wrong = np.rint(a * 100) != np.rint(b * 100)
        else:
            wrong = a.astype(b.dtype) != b
        if wrong.any():
            i = np.flatnonzero(wrong)[0]
            return f"{name}: {wrong.sum()} differ, the first {b[i]} instead of {a[i]}"
    return ""


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=20_000_000)
    arguments.add_argument("--customers", type=int, default=371_000)
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    store, parquet, database = transactions(given.customers, given.rows)

    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        folder = Path(folder)
        job = folder / "aggregate.yaml"
        job.write_text(JOB.format(store=store.resolve(), output=(folder / "profile.h5").resolve()))
        duckdb = {f"DuckDB {place}, {shape}{', double' if kind else ''}": (place, shape, kind)
                  for place in ("Parquet", "table") for shape in ("filter", "nested") for kind in ("", "::double")}
        targets = {peer: folder / f"{i}.db" for i, peer in enumerate(duckdb)}
        polars = "polars Parquet, double"
        targets[polars] = folder / "polars.parquet"
        within = {peer: [] for peer in targets}

        def duckdb_run(peer):
            place, shape, kind = duckdb[peer]
            return lambda: run_peer(targets[peer], "import duckdb", DUCKDB, within[peer], shape=shape, kind=kind,
                                    database=database if place == "table" else ":memory:",
                                    source="lines" if place == "table" else f"'{parquet}'")

        runs = {"2 ranks": lambda: run_ours(job, folder / "profile.h5", 2, 1)}
        runs.update({peer: duckdb_run(peer) for peer in duckdb})
        runs["2 threads"] = lambda: run_ours(job, folder / "profile.h5", 1, 2)
        runs[polars] = lambda: run_peer(targets[polars], "import polars as pl", POLARS, within[polars], parquet=parquet)
        bring_into_cache(store, parquet, database)
        median = alternating_medians(runs, given.runs)

        ours = our_rows(folder / "profile.h5")
        for peer, target in targets.items():
            if wrong := difference(ours, peer_rows(target)):
                sys.exit(f"{peer}: {wrong}")
    title = f"aggregate of {given.rows:,} lines, {len(ours['customer']):,} customers, 3 windows, 6 measures, {THREADS} cores, median of {given.runs}"
    quality = f"the same {len(ours['customer']):,} rows of all: {int(ours['lines_365d'].sum()):,} lines in 365 days, {ours['spent_365d'].sum():,.2f}"
    report(title, median, within, quality)


if __name__ == "__main__":
    main()
