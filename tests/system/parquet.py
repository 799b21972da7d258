"""What parquet.sh needs of pyarrow and DuckDB: files to read, and what others make of files that were written."""
import csv
import datetime
import decimal
import os
import random
import sys
import zoneinfo

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq


def sales(rows):
    """Columns with every third or so value missing, times of the shop's clocks."""
    draw = random.Random(7)
    maybe = lambda value, share=0.2: None if draw.random() < share else value
    start = datetime.datetime(2011, 4, 1)
    table = {
        "InvoiceNo": [f"{536365 + i // 3}" for i in range(rows)],
        "Description": [maybe(f'text "{i % 97}", é\n{i % 5}' if i % 11 else "") or None for i in range(rows)],
        "Quantity": [maybe(draw.randint(-5, 90)) for _ in range(rows)],
        "InvoiceDate": [maybe(start + datetime.timedelta(minutes=7 * i)) for i in range(rows)],
        "UnitPrice": [maybe(decimal.Decimal(draw.randint(0, 10**6)) / 1000) for _ in range(rows)],
        "CustomerID": [maybe(draw.randint(12000, 12400)) for _ in range(rows)],
        "Day": [maybe((start + datetime.timedelta(days=i % 800)).date()) for i in range(rows)],
        "Weight": [maybe(draw.random() * 10 ** draw.randint(-3, 6)) for _ in range(rows)],
        "Gift": [maybe(bool(i % 2)) for i in range(rows)],
    }
    table["InvoiceNo"][1233] = None
    return table


def make_sales(rows, name):
    table = sales(int(rows))
    with open(f"{name}.csv", "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(table)
        for row in zip(*table.values()):
            writer.writerow(["" if v is None else repr(v) if isinstance(v, float) else v for v in row])
    london = zoneinfo.ZoneInfo("Europe/London")
    utc = [t and t.replace(tzinfo=london).astimezone(datetime.timezone.utc) for t in table["InvoiceDate"]]
    typed = pa.table({
        "unused": pa.array([[i] for i in range(int(rows))]),
        "InvoiceNo": pa.array(table["InvoiceNo"], pa.string()),
        "Description": pa.array(table["Description"], pa.string()),
        "Quantity": pa.array(table["Quantity"], pa.int32()),
        "InvoiceDate": pa.array(table["InvoiceDate"], pa.timestamp("ms")),
        "UnitPrice": pa.array(table["UnitPrice"], pa.decimal128(12, 3)),
        "CustomerID": pa.array([c and str(c) for c in table["CustomerID"]]).dictionary_encode(),
        "Day": pa.array(table["Day"], pa.date32()),
        "Weight": pa.array(table["Weight"], pa.float64()),
        "Gift": pa.array(table["Gift"], pa.bool_()),
    })
    pq.write_table(typed, f"{name}_typed.parquet", row_group_size=900, compression="snappy")
    other = pa.table({
        "InvoiceNo": pa.array(table["InvoiceNo"], pa.large_string()),
        "Description": pa.array(table["Description"]).dictionary_encode(),
        "Quantity": pa.array([None if q is None else float(q) for q in table["Quantity"]], pa.float64()),
        "InvoiceDate": pa.array(utc, pa.timestamp("ns", "America/New_York")),
        "UnitPrice": pa.array([None if p is None else float(p) for p in table["UnitPrice"]], pa.float64()),
        "CustomerID": pa.array(table["CustomerID"], pa.uint64()),
        "Day": pa.array(table["Day"], pa.date64()),
        "Weight": pa.array([float("nan") if w is None else w for w in table["Weight"]], pa.float64()),
        "Gift": pa.array([None if g is None else int(g) for g in table["Gift"]], pa.uint8()),
    })
    pq.write_table(other, f"{name}_other.parquet", row_group_size=1500, use_dictionary=False, compression="zstd",
                   data_page_version="2.0", store_schema=False)
    texts = pa.table({column: pa.array([None if v is None else repr(v) if isinstance(v, float) else str(v) for v in values])
                      for column, values in table.items()})
    pq.write_table(texts, f"{name}_texts.parquet", compression="gzip", write_page_checksum=True)
    connection = duckdb.connect()
    connection.register("typed", typed)
    connection.execute(f"""copy (select InvoiceNo, Description, Quantity::tinyint Quantity, InvoiceDate::timestamp InvoiceDate,
        UnitPrice::decimal(38, 3) UnitPrice, CustomerID::varchar CustomerID, Day, Weight, Gift from typed)
        to '{name}_duckdb.parquet' (format parquet, row_group_size 2048)""")


def split(file, folder, rows):
    os.makedirs(folder)
    table = pq.read_table(file)
    for i, first in enumerate(range(0, table.num_rows, int(rows))):
        pq.write_table(table.slice(first, int(rows)), f"{folder}/{i:04}.parquet")


def summer(file):
    table = pq.read_table(file)
    london = zoneinfo.ZoneInfo("Europe/London")
    rows, times = 0, 0
    for time, quantity in zip(table["InvoiceDate"].to_pylist(), table["Quantity"].to_pylist()):
        if quantity is not None and quantity > 0:
            rows += 1
            times += 0 if time is None else int(time.replace(tzinfo=london).timestamp())
    print(rows, times)


def summary_of_csv(file):
    rows, times = 0, 0
    for row in csv.DictReader(open(file)):
        rows += 1
        time = row["InvoiceDate"]
        times += int(datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()) if time else 0
    print(rows, times)


def compare(parquet, text):
    """Every value as the CSV has it, by pyarrow and by DuckDB."""
    def shown(value):
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime.datetime):
            return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return str(value)

    def same(value, given):
        return float(given) == value if isinstance(value, float) and given else shown(value) == given

    with open(text, newline="") as rows:
        expected = list(csv.reader(rows))
    by_pyarrow = pq.read_table(parquet)
    by_duckdb = duckdb.sql(f"select * from '{parquet}'").arrow()
    if not isinstance(by_duckdb, pa.Table):
        by_duckdb = by_duckdb.read_all()
    for reader, table in (("pyarrow", by_pyarrow), ("DuckDB", by_duckdb)):
        if table.column_names != expected[0] or table.num_rows != len(expected) - 1:
            return print(reader, "has other columns or rows")
        for name, column in zip(expected[0], range(table.num_columns)):
            for row, value in enumerate(table.column(column).to_pylist()):
                if not same(value, expected[row + 1][column]):
                    return print(reader, name, row, repr(value), repr(expected[row + 1][column]))
    print("equal")


def types(file):
    print(*(f"{field.name}={field.type}" for field in pq.read_schema(file)))


def names(file):
    print(*pq.read_schema(file).names)


def damage(file):
    data = open(file, "rb").read()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    for percent in (0, 1, 10, 50, 90, 99):
        open(f"cut_{percent}.parquet", "wb").write(data[: len(data) * percent // 100])
    open("cut_last.parquet", "wb").write(data[:-1])
    open("cut_footer.parquet", "wb").write(data[:footer] + data[-8:])
    draw = random.Random(11)
    for i in range(24):
        at = draw.randrange(footer, len(data)) if i % 2 else draw.randrange(4, footer)
        flipped = bytearray(data)
        flipped[at] ^= 1 << draw.randrange(8)
        open(f"flip_{i:02}.parquet", "wb").write(flipped)
    pq.write_table(pa.table({"n": pa.array(range(50000))}), "page.parquet", use_dictionary=False, compression="none",
                   write_page_checksum=True)
    page = bytearray(open("page.parquet", "rb").read())
    page[len(page) // 2] ^= 1
    open("page.parquet", "wb").write(page)
    open("text.parquet", "w").write("InvoiceNo,Quantity\n1,2\n")
    kinds = pa.table({"tags": [["a"], [], None], "blob": pa.array([b"1", b"2", b"3"]), "amount": [1.25, 2.5, 3.75],
                      "big": pa.array([1, 2, 2**64 - 1], pa.uint64())})
    pq.write_table(kinds, "kinds.parquet")
    pq.write_table(kinds.select(["big"]), "big.parquet")


def online_retail(text, file):
    types = {name: pa.string() for name in ("InvoiceNo", "StockCode", "CustomerID", "Country")}
    table = pyarrow.csv.read_csv(text, convert_options=pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=False))
    pq.write_table(table, file, row_group_size=100_000)


globals()[sys.argv[1]](*sys.argv[2:])
