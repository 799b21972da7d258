"""RFM of every customer: ours from its store beside DuckDB (from Parquet and from a table of its own) and polars (from Parquet).

Data: 20 million lines of 371,000 customers as `fullbase generate` makes them; the same lines in Parquet (by h5py and pyarrow) and in
a DuckDB database. Asked of everybody: last date, recency, distinct invoices and net amount of each customer, and quintiles of the
three, on disk and synchronised. Timed, with the inputs in the page cache and 2 cores for everybody: whole processes, ours of a job
file with one rfm step (as 2 ranks: mpirun and MPI's start included), the peers' of a Python script that imports the peer, asks, and
closes; what each peer takes from the connection to the closed result is printed too. Ours writes segments, first date and
digests as well. DuckDB is asked for exact decimal
amounts as ours are, and for doubles, which cost it less. All results are compared, row by row: dates, invoices and amounts of
all customers are to be equal, to the penny.
"""
import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from peer_runs import DATA, THREADS, alternating_medians, bring_into_cache
from transactions import report, run_ours, run_peer, transactions

AS_OF = "2026-01-01"
JOB = f"""version: 1
as_of: {AS_OF}
store: {{store}}
output: {{{{file: {{output}}}}}}
steps:
  rfm: {{{{job: rfm, from: transactions, amount: quantity * price}}}}
"""

DUCKDB = f"""
connection = duckdb.connect(database)
connection.execute("set threads = {THREADS}; set preserve_insertion_order = false")
connection.execute("attach '" + target + "' as result")
connection.execute('''create table result.rfm as
select *, ntile(5) over (order by recency_days desc) as r_score, ntile(5) over (order by frequency) as f_score,
       ntile(5) over (order by monetary) as m_score
from (select customer, max(time) as last_order, date_diff('day', max(time), timestamp '{AS_OF}') as recency_days,
             count(distinct invoice) as frequency, sum(''' + amount + ''') as monetary
      from ''' + source + ''' where time < timestamp '{AS_OF}' group by customer)''')
connection.execute("checkpoint result")
connection.close()"""

POLARS = f"""
from datetime import datetime
lines = pl.scan_parquet(parquet).filter(pl.col("time") < datetime.fromisoformat("{AS_OF}"))
amount = (pl.col("quantity") * pl.col("price").cast(pl.Float64)).sum()
customers = lines.group_by("customer").agg(last_order=pl.col("time").max(), frequency=pl.col("invoice").n_unique(), monetary=amount)
def quintile(value):
    return (value.rank("ordinal") * 5 / pl.len()).ceil().cast(pl.Int64)
customers = customers.with_columns(recency_days=(datetime.fromisoformat("{AS_OF}") - pl.col("last_order")).dt.total_days())
customers.with_columns(r_score=quintile(-pl.col("recency_days")), f_score=quintile(pl.col("frequency")),
                       m_score=quintile(pl.col("monetary"))).collect(engine="streaming").write_parquet(target)
file = os.open(target, os.O_RDONLY)
os.fsync(file)"""


def our_rows(output):
    """customer, microsecond of the last order, invoices, amount in cents; by customer."""
    import h5py

    with h5py.File(output) as file:
        rfm = file["rfm"]
        last = rfm["last_order"]
        return (rfm["customer"].asstr()[:], (last["values"] if isinstance(last, h5py.Group) else last)[:], rfm["frequency"][:],
                np.rint(rfm["monetary"][:] * 100).astype(np.int64))


def peer_rows(target):
    import duckdb

    columns = "customer, epoch_us(last_order), frequency, round(monetary * 100)::bigint"
    with duckdb.connect() as connection:
        if str(target).endswith(".parquet"):
            source = f"'{target}'"
        else:
            connection.execute(f"attach '{target}' as result (read_only)")
            source = "result.rfm"
        rows = connection.execute(f"select {columns} from {source} order by customer").fetchnumpy()
    return tuple(np.asarray(values) for values in rows.values())


def difference(ours, theirs):
    """Nothing if all rows are equal."""
    if len(ours[0]) != len(theirs[0]):
        return f"{len(theirs[0])} customers instead of {len(ours[0])}"
    wrong = [int(np.count_nonzero(a.astype(b.dtype) != b)) for a, b in zip(ours, theirs)]
    if any(wrong):
        return "values that differ, by column: " + ", ".join(map(str, wrong))
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
        job = folder / "rfm.yaml"
        job.write_text(JOB.format(store=store.resolve(), output=(folder / "rfm.h5").resolve()))
        targets = {peer: folder / f"{peer.replace(' ', '-')}.db"
                   for peer in ("DuckDB Parquet", "DuckDB Parquet, double", "DuckDB table", "DuckDB table, double")}
        targets["polars Parquet, double"] = folder / "polars.parquet"
        within = {peer: [] for peer in targets}

        def duckdb_run(peer):
            amount = "quantity * price::double" if peer.endswith("double") else "quantity * price"
            table = "table" in peer
            return lambda: run_peer(targets[peer], "import duckdb", DUCKDB, within[peer], database=database if table else ":memory:",
                                    source="lines" if table else f"'{parquet}'", amount=amount)

        runs = {"2 ranks": lambda: run_ours(job, folder / "rfm.h5", 2, 1)}
        runs.update({peer: duckdb_run(peer) for peer in targets if peer.startswith("DuckDB")})
        runs["2 threads"] = lambda: run_ours(job, folder / "rfm.h5", 1, 2)
        polars = "polars Parquet, double"
        runs[polars] = lambda: run_peer(targets[polars], "import polars as pl", POLARS, within[polars], parquet=parquet)
        bring_into_cache(store, parquet, database)
        median = alternating_medians(runs, given.runs)

        ours = our_rows(folder / "rfm.h5")
        for peer, target in targets.items():
            if wrong := difference(ours, peer_rows(target)):
                sys.exit(f"{peer}: {wrong}")
    title = f"RFM of {given.rows:,} lines, {len(ours[0]):,} customers, {THREADS} cores, median of {given.runs}"
    quality = f"the same {len(ours[0]):,} rows of all: {int(ours[2].sum()):,} invoices, {int(ours[3].sum()) / 100:,.2f} in all"
    report(title, median, within, quality)


if __name__ == "__main__":
    main()
