"""A join of lines with customers: ours from its store beside DuckDB (from Parquet and from tables of its own) and polars (from Parquet).

Data: 20 million lines of 371,000 customers and a table of the customers, as `fullbase generate` makes them; the same in Parquet (by h5py
and pyarrow) and in a DuckDB database. Asked of everybody: every line with its customer's date of joining, country and channel, on
disk and synchronised. Two cases: customers are texts, as generated, and whole numbers (`id`, the customer's place among all texts).
Timed, with the inputs in the page cache and 2 cores for everybody: whole processes, ours of a job file with one join step (as 2
ranks: mpirun and MPI's start included; and as 2 threads), the peers' of a Python script that imports the peer, asks, and closes; what each
peer takes from the connection to the closed result is printed too. DuckDB writes a table of a database or Parquet, polars Parquet, whichever
they like; none need keep the order of lines, as ours does. Ours checks that customers are unique, writes checksums, and a digest
of the result as well. Then all results are compared: the lines as a multiset, by the exact sums of a hash of each line with its
customer's columns.
"""
import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from peer_runs import DATA, FULLBASE, THREADS, Rows, alternating_medians, bring_into_cache, made_once, output_of
from transactions import run_ours, run_peer

JOB = """version: 1
store: {store}
output: {{file: {output}}}
steps:
  joined: {{job: join, from: {{lines: transactions, customers: customers}}, by: {key}}}
"""

DUCKDB = f"""
connection = duckdb.connect(database)
connection.execute("set threads = {THREADS}; set preserve_insertion_order = false")
query = "select l.*, c.joined, c.country, c.channel from " + lines + " l left join " + customers + " c using (" + key + ")"
if target.endswith(".parquet"):
    connection.execute("copy (" + query + ") to '" + target + "' (format parquet)")
    file = os.open(target, os.O_RDONLY)
    os.fsync(file)
else:
    connection.execute("attach '" + target + "' as result")
    connection.execute("create table result.joined as " + query)
    connection.execute("checkpoint result")
connection.close()"""

POLARS = """
pl.scan_parquet(lines).join(pl.scan_parquet(customers), on=key, how="left").sink_parquet(target)
file = os.open(target, os.O_RDONLY)
os.fsync(file)"""


def texts(codes, categories):
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes), categories).cast(pa.string())


def make_parquet(store, target, key):
    """The store's two tables as Parquet, with the types that they have there: texts as texts, prices as decimals."""
    import h5py
    import pyarrow as pa
    import pyarrow.parquet as parquet

    target.mkdir()
    clients = h5py.File(next(Path(store).glob("customers-*.h5")))["rows"]
    names = pa.array(clients["customer"].asstr()[:])
    place = {name: i for i, name in enumerate(sorted(names.to_pylist()))}
    own = {"customer": names} if key == "customer" else {"id": np.array([place[name] for name in names.to_pylist()])}
    categories = {name: texts(clients[name + "/codes"][:], pa.array(clients[name + "/categories"].asstr()[:])) for name in ("country", "channel")}
    joined = pa.array(clients["joined"][:].astype(np.int32)).cast(pa.date32())
    parquet.write_table(pa.table({**own, "joined": joined, **categories}), target / "customers.parquet")
    writer = None
    for part in sorted(Path(store).glob("transactions-*.h5")):
        lines = h5py.File(part)["rows"]
        customers = pa.array(lines["customer/categories"].asstr()[:])
        items = pa.array(lines["item/categories"].asstr()[:])
        places = np.array([place[name] for name in customers.to_pylist()])
        for first in range(0, lines["time"].shape[0], 1 << 20):
            piece = np.s_[first:first + (1 << 20)]
            codes = lines["customer/codes"][piece]
            cents = lines["price"][piece]
            halves = np.stack([cents, cents >> 63], axis=1)  # a 128-bit decimal is two words
            table = pa.table({
                **({"customer": texts(codes, customers)} if key == "customer" else {"id": places[codes]}),
                "invoice": lines["invoice"][piece],
                "time": pa.array(lines["time"][piece]).cast(pa.timestamp("us")),
                "item": texts(lines["item/codes"][piece], items),
                "quantity": lines["quantity"][piece],
                "price": pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(np.ascontiguousarray(halves))]),
            })
            writer = writer or parquet.ParquetWriter(target / "lines.parquet", table.schema)
            writer.write_table(table)
    writer.close()


def make_database(parquet, target):
    import duckdb

    with duckdb.connect(str(target)) as connection:
        for table in ("lines", "customers"):
            connection.execute(f"create table {table} as select * from '{parquet}/{table}.parquet'")


def make_numbered(store, target):
    """A store of ours whose customers are whole numbers: the generated one exported, and imported with their places as ids."""
    import csv

    folder = target.with_name(target.name + ".csv")
    folder.mkdir(exist_ok=True)
    for table in ("customers", "transactions"):
        output_of([FULLBASE, "export", store, table, folder / f"{table}.csv"])
    with open(folder / "customers.csv") as file:
        place = {name: i for i, name in enumerate(sorted(row["customer"] for row in csv.DictReader(file)))}
    for table in ("customers", "transactions"):
        with open(folder / f"{table}.csv") as source, open(folder / f"{table}.id.csv", "w") as sink:
            header = source.readline().rstrip("\n").split(",")
            at = header.index("customer")
            header[at] = "id"
            sink.write(",".join(header) + "\n")
            for line in source:
                fields = line.split(",", at + 1)
                last = at + 1 == len(fields)
                fields[at] = str(place[fields[at].rstrip("\n") if last else fields[at]]) + ("\n" if last else "")
                sink.write(",".join(fields))
    job = folder / "import.yaml"
    job.write_text(f"""version: 1
store: {target.resolve()}
import:
  customers:
    files: {(folder / 'customers.id.csv').resolve()}
    columns: {{id: {{type: int64, required: true}}, joined: {{type: date}}, country: {{type: category}}, channel: {{type: category}}}}
  transactions:
    files: {(folder / 'transactions.id.csv').resolve()}
    columns: {{invoice: {{type: int64}}, id: {{type: int64}}, time: {{type: timestamp}}, item: {{type: category}},
              quantity: {{type: int64}}, price: {{type: decimal(2)}}}}
""")
    output_of([FULLBASE, "import", job, "--quiet"])
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def fingerprint(connection, source, key):
    """Lines, lines with a country, and the exact sum of a hash of each line: equal if the lines are, in any order."""
    columns = f"invoice, {key}, epoch_us(time), item, quantity, round(price * 100)::bigint, joined::date::varchar, country, channel"
    return connection.execute(f"select count(*), count(country), sum(hash(concat_ws('|', {columns}))::hugeint) from {source}").fetchall()[0]


def our_fingerprint(output, key):
    import duckdb
    import h5py
    import pyarrow as pa

    def values(group, name, piece):
        item = group[name]
        if isinstance(item, h5py.Group) and "codes" in item:
            return texts(pa.array(item["codes"][piece], mask=item["codes"][piece] < 0), pa.array(item["categories"].asstr()[:]))
        return (item["values"] if isinstance(item, h5py.Group) else item)[piece]

    total = [0, 0, 0]
    with h5py.File(output) as file, duckdb.connect() as connection:
        rows = file["joined"]
        count = rows["item/codes"].shape[0]
        for first in range(0, count, 1 << 21):
            piece = np.s_[first:first + (1 << 21)]
            part = pa.table({
                key: values(rows, key, piece), "invoice": values(rows, "invoice", piece),
                "time": pa.array(values(rows, "time", piece)).cast(pa.timestamp("us")), "item": values(rows, "item", piece),
                "quantity": values(rows, "quantity", piece), "price": values(rows, "price", piece),
                "joined": pa.array(values(rows, "joined", piece).astype(np.int32)).cast(pa.date32()),
                "country": values(rows, "country", piece), "channel": values(rows, "channel", piece)})
            connection.register("part", part)
            total = [a + b for a, b in zip(total, fingerprint(connection, "part", key))]
    return tuple(total)


def peer_fingerprint(target, key):
    import duckdb

    with duckdb.connect() as connection:
        if str(target).endswith(".parquet"):
            return fingerprint(connection, f"'{target}'", key)
        connection.execute(f"attach '{target}' as result (read_only)")
        return fingerprint(connection, "result.joined", key)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=20_000_000)
    arguments.add_argument("--customers", type=int, default=371_000)
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()

    name = f"join-{given.customers}-{given.rows}"
    size = ["--customers", given.customers, "--lines", given.rows]
    generated = made_once(DATA / f"{name}.store", lambda path: output_of([FULLBASE, "generate", "--store", path, *size]))
    stores = {"customer": generated, "id": made_once(DATA / f"{name}.id.store", lambda path: make_numbered(generated, path))}
    rows = Rows()
    print(f"{given.rows:,} lines joined with {given.customers:,} customers, {THREADS} cores, median of {given.runs}")
    for key, store in stores.items():
        parquet = made_once(DATA / f"{name}.{key}.parquet", lambda path: make_parquet(generated, path, key))
        database = made_once(DATA / f"{name}.{key}.duckdb", lambda path: make_database(parquet, path))
        with tempfile.TemporaryDirectory(dir=DATA) as folder:
            folder = Path(folder).resolve()
            job = folder / "join.yaml"
            job.write_text(JOB.format(store=store.resolve(), output=folder / "ours.h5", key=key))
            targets = {"DuckDB table": folder / "table.db", "DuckDB Parquet": folder / "duckdb.parquet", "polars Parquet": folder / "polars.parquet"}
            within = {peer: [] for peer in targets}
            files = {table: f"{parquet}/{table}.parquet" for table in ("lines", "customers")}
            runs = {
                "2 ranks": lambda: run_ours(job, folder / "ours.h5", 2, 1),
                "DuckDB table": lambda: run_peer(targets["DuckDB table"], "import duckdb", DUCKDB, within["DuckDB table"], database=database,
                                                 lines="lines", customers="customers", key=key),
                "DuckDB Parquet": lambda: run_peer(targets["DuckDB Parquet"], "import duckdb", DUCKDB, within["DuckDB Parquet"],
                                                   database=":memory:", lines=f"'{files['lines']}'", customers=f"'{files['customers']}'", key=key),
                "2 threads": lambda: run_ours(job, folder / "ours.h5", 1, 2),
                "polars Parquet": lambda: run_peer(targets["polars Parquet"], "import polars as pl", POLARS, within["polars Parquet"],
                                                   lines=files["lines"], customers=files["customers"], key=key),
            }
            bring_into_cache(store, parquet, database)
            median = alternating_medians(runs, given.runs)
            ours = our_fingerprint(folder / "ours.h5", key)
            for peer, target in targets.items():
                if (theirs := peer_fingerprint(target, key)) != ours:
                    sys.exit(f"{peer}, by {key}: {theirs} instead of {ours}")
            print(f"by {key}, peers without the start of Python: "
                  + ", ".join(f"{peer} {statistics.median(times):.2f} s" for peer, times in within.items()))
            kind = "texts" if key == "customer" else "numbers"
            for case in ("2 ranks", "2 threads"):
                rows.row(f"{kind}, {case}", median[case], {peer: median[peer] for peer in targets},
                         f"the same {ours[0]:,} lines of all, {ours[1]:,} of them with a country")
    rows.end()


if __name__ == "__main__":
    main()
