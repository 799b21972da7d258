"""CSV of transaction lines into a store, and into what the peers keep data in: run by run.sh import [--rows N] [--runs N].

Timed, in seconds of the wall: a process that starts with a CSV file (in the page cache, read once before) and ends with all of its
rows, typed, on disk and synchronised. Ours is the command `fullbase import` into a new store (checksums, SHA-256 of the file and
fsync included); DuckDB read_csv into a table of a new database file, checkpointed and closed; pyarrow, polars and pandas have no
store of their own: they write a Parquet file, which is then synchronised. Two threads for everybody. Runs alternate; the median counts.
"""
import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from peer_runs import DATA, FULLBASE, THREADS, Rows, alternating_medians, bring_into_cache, made_once, process_seconds

JOB = """version: 1
store: {store}
output: {{file: {folder}/unused.h5}}
import:
  transactions:
    files: {csv}
    columns:
      invoice:  {{type: string, required: true}}
      customer: {{type: category}}
      time:     {{type: timestamp, required: true}}
      quantity: {{type: int64, required: true}}
      price:    {{type: decimal(2), required: true}}
"""

SYNC = "f = os.open(target, os.O_RDONLY); os.fsync(f)"
PEERS = {
    "duckdb": """
import duckdb
c = duckdb.connect(target); c.execute("set threads = 2")
c.execute("create table t as select * from read_csv(?, header = true, columns = {'invoice': 'VARCHAR', 'customer': 'VARCHAR', "
          "'time': 'TIMESTAMP', 'quantity': 'BIGINT', 'price': 'DECIMAL(18,2)'})", [source])
c.execute("checkpoint"); print(c.execute("select count(*) from t").fetchone()[0]); c.close()""",
    "pyarrow": """
import pyarrow as pa, pyarrow.csv as csv, pyarrow.parquet as parquet
pa.set_cpu_count(2)
types = {'invoice': pa.string(), 'customer': pa.dictionary(pa.int32(), pa.string()), 'time': pa.timestamp('us'),
         'quantity': pa.int64(), 'price': pa.decimal128(18, 2)}
t = csv.read_csv(source, convert_options=csv.ConvertOptions(column_types=types)); parquet.write_table(t, target); print(t.num_rows)""",
    "polars": """
import polars as pl
t = pl.read_csv(source, schema_overrides={'invoice': pl.String, 'customer': pl.Categorical, 'quantity': pl.Int64,
                                          'price': pl.Decimal(18, 2)}, try_parse_dates=True)
t.write_parquet(target); print(t.height)""",
    "pandas": """
import pandas as pd
t = pd.read_csv(source, dtype={'invoice': str, 'customer': 'category'}, parse_dates=['time']); t.to_parquet(target); print(len(t))""",
}


def generate(path, rows):
    """Transaction lines in the order of their time: 1 to 9 lines an invoice, few customers buy most."""
    import numpy as np
    import polars as pl

    random = np.random.Generator(np.random.Philox(20111210))
    ends = np.cumsum(random.integers(1, 10, rows))
    invoices = int(np.searchsorted(ends, rows)) + 1
    invoice = np.searchsorted(ends[:invoices], np.arange(rows), side="right")
    customer = (371_000 * random.random(invoices) ** 1.5).astype(np.int64) + 1
    second = np.sort(random.integers(0, 2 * 365 * 86_400, invoices))
    start = np.datetime64("2009-12-01T08:00:00", "s")
    pl.DataFrame({
        "invoice": 1_000_000 + invoice,
        "customer": customer[invoice],
        "time": (start + second[invoice].astype("timedelta64[s]")).astype("datetime64[ms]"),
        "quantity": np.where(random.random(rows) < 0.02, -1, 1) * random.geometric(0.2, rows),
        "price": np.round(np.exp(random.normal(1.0, 0.9, rows)), 2),
    }).write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S", float_precision=2)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=20_000_000)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--peers", default=",".join(PEERS))
    given = arguments.parse_args()
    peers = given.peers.split(",")

    source = made_once(DATA / f"transactions-{given.rows}.csv", lambda path: generate(path, given.rows))
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        job = Path(folder) / "import.yaml"
        store = Path(folder) / "store"
        target = Path(folder) / "target"
        job.write_text(JOB.format(store=store.resolve(), folder=Path(folder).resolve(), csv=source.resolve()))

        def ours():
            shutil.rmtree(store, ignore_errors=True)
            return process_seconds([FULLBASE, "import", job, "--threads", THREADS])

        def peer(name):
            target.unlink(missing_ok=True)
            code = f"import os\nsource, target = {str(source)!r}, {str(target)!r}\n{PEERS[name]}\n{SYNC}\n"
            return process_seconds([sys.executable, "-c", code], OMP_NUM_THREADS=str(THREADS), POLARS_MAX_THREADS=str(THREADS))

        bring_into_cache(source)
        median = alternating_medians({"ours": ours, **{name: lambda name=name: peer(name) for name in peers}}, given.runs)
    print(f"import of {given.rows:,} lines, {source.stat().st_size / 1e9:.2f} GB, {THREADS} threads, median of {given.runs}")
    rows = Rows()
    rows.row("import", median["ours"], {name: median[name] for name in peers}, "all rows of all")
    rows.end()


if __name__ == "__main__":
    main()
