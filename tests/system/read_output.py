"""read_output.py FILE EXPORTS: every table of FILE as anndata reads it, against EXPORTS/<table, / as .>.csv of `fullbase export`.

Prints one line a difference and a last line "<n> tables, <n> columns compared".
"""
import csv
import sys

import anndata
import h5py
import numpy
import pandas

differences = 0
compared = 0


def differ(text):
    global differences
    differences += 1
    print("DIFFERENCE:", text)


def tables(group, path=""):
    for name, member in group.items():
        where = f"{path}/{name}" if path else name
        if isinstance(member, h5py.Group) and member.attrs.get("encoding-type") == "dataframe":
            yield where, member
            yield from tables(member, where)



def check_type(where, dtype, kind):
    """What docs/format.md promises of each type."""
    wanted = {
        "int64": ("int64", "Int64"),
        "bool": ("bool", "boolean"),
        "float64": ("float64",),
        "float32": ("float32",),
        "category": ("category",),
        "string": ("object", "string"),
        "timestamp": ("int64",),
        "date": ("int32",),
        "decimal": ("float64",),
    }[kind]
    if str(dtype) not in wanted:
        differ(f"{where}: a {kind} is read as {dtype}")


def check_values(where, kind, values, texts):
    global compared
    compared += 1
    missing = [text == "" for text in texts]
    if len(values) != len(texts):
        return differ(f"{where}: {len(values)} values, {len(texts)} exported")
    if kind in ("timestamp", "date"):
        least = numpy.iinfo(values.dtype).min
        if list(values == least) != missing:
            differ(f"{where}: other values are missing")
        unit = "us" if kind == "timestamp" else "D"
        shown = [pandas.Timestamp(int(v), unit=unit) for v in values if v != least]
        wanted = [pandas.Timestamp(t).tz_localize(None) for t in texts if t]
        same = shown == wanted
    elif kind in ("float64", "float32", "decimal"):
        if list(pandas.isna(values)) != missing:
            differ(f"{where}: other values are missing")
        wanted = numpy.array([float(t) if t else numpy.nan for t in texts], dtype=values.dtype)
        same = numpy.array_equal(values.to_numpy(), wanted, equal_nan=True)
    else:
        if list(pandas.isna(values)) != missing:
            differ(f"{where}: other values are missing")
        read = {"int64": int, "bool": lambda t: t == "true"}.get(kind, str)
        same = [None if m else v for v, m in zip(values, missing)] == [None if m else read(t) for t, m in zip(texts, missing)]
    if not same:
        differ(f"{where}: values are not those of the export")


count = 0
with h5py.File(sys.argv[1]) as file:
    for name, group in tables(file):
        count += 1
        frame = anndata.io.read_elem(group)
        if not isinstance(frame, pandas.DataFrame):
            differ(f"{name} is read as {type(frame)}")
            continue
        with open(f"{sys.argv[2]}/{name.replace('/', '.')}.csv", newline="") as lines:
            rows = list(csv.reader(lines))
        header, rows = rows[0], rows[1:]
        key = group.attrs["fullbase_key"]
        key = key.decode() if isinstance(key, bytes) else key
        columns = ([frame.index.name] if key else []) + list(frame.columns)
        if key and frame.index.name != key:
            differ(f"{name} is indexed by {frame.index.name}, not by {key}")
        if columns != header:
            differ(f"{name} has columns {columns}, exported were {header}")
            continue
        for position, column in enumerate(columns):
            where = f"{name}.{column}"
            kind = group[column].attrs["fullbase_type"]
            values = frame.index.to_series() if key and position == 0 else frame[column]
            if not (key and position == 0):
                check_type(where, values.dtype, kind)
            if kind in ("timestamp", "date"):
                units = group[column].attrs.get("units", "")
                since = {"timestamp": "microseconds since 1970-01-01 00:00:00", "date": "days since 1970-01-01"}[kind]
                if not units.startswith(since):
                    differ(f"{where}: units are '{units}'")
            check_values(where, kind, values, [row[position] for row in rows])
print(f"{count} tables, {compared} columns compared")
sys.exit(1 if differences else 0)
