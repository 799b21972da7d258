"""Digests of the tables in an HDF5 file by docs/format.md alone: h5py and hashlib, none of our code. usage: digest.py FILE

Prints what `fullbase digest FILE` prints."""
import hashlib
import struct
import sys

import h5py
import numpy

BLOCK = 1024
MISSING = struct.pack("<I", 0xFFFFFFFF)


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<q", len(value)) + value


def short_text(value):
    return struct.pack("<I", len(value)) + value


def forms(texts):
    """The hashed form of fixed-length texts; h5py cuts the zeros behind them."""
    return [short_text(bytes(one)) for one in texts]


def column_blocks(column, kind, nullable, rows):
    """Bytes of each block."""
    mask = None
    if isinstance(column, h5py.Group) and kind != "category":
        mask = column["mask"][:].astype(bool)
        column = column["values"]
    if kind in ("string", "category"):
        if kind == "category":
            categories = forms(column["categories"][:])
            row_forms = [MISSING if code < 0 else categories[code] for code in column["codes"][:]]
        else:
            row_forms = forms(column[:])
            if mask is not None:
                row_forms = [MISSING if gone else form for form, gone in zip(row_forms, mask)]
        for first in range(0, rows, BLOCK):
            yield b"".join(row_forms[first:first + BLOCK])
        return
    values = column[:]
    if kind in ("float64", "float32"):
        values = values + 0.0  # -0 becomes 0
        values[numpy.isnan(values)] = numpy.array(
            {8: 0x7FF8 << 48, 4: 0x7FC0 << 16}[values.itemsize], dtype=f"<u{values.itemsize}").view(values.dtype)
    if mask is not None:
        values[mask] = 0
    for first in range(0, rows, BLOCK):
        yield values[first:first + BLOCK].tobytes() + (
            mask[first:first + BLOCK].tobytes() if nullable and kind in ("int64", "bool") else b"")


def described(column):
    kind = column.attrs["fullbase_type"]
    full = f"decimal({column.attrs['scale']})" if kind == "decimal" else kind
    return kind, full, column.attrs.get("unit", ""), int(column.attrs["fullbase_nullable"])


def table_digest(group):
    names = list(group.attrs["fullbase_columns"])
    rows = group[group.attrs["_index"]]
    while isinstance(rows, h5py.Group):
        rows = rows["codes" if "codes" in rows else "values"]
    rows = rows.shape[0]
    table = hashlib.sha256(text("fullbase table 1") + struct.pack("<q", len(names)))
    for name in names:
        _, full, unit, nullable = described(group[name])
        table.update(text(name) + text(full) + text(unit) + struct.pack("<q", nullable))
    table.update(text(group.attrs["fullbase_key"]) + struct.pack("<q", rows))
    for name in names:
        kind, _, _, nullable = described(group[name])
        column = hashlib.sha256()
        for block in column_blocks(group[name], kind, nullable, rows):
            column.update(hashlib.sha256(block).digest())
        table.update(column.digest())
    return table.hexdigest()


def main(path):
    tables = []
    with h5py.File(path) as file:
        file.visititems(lambda name, one: tables.append(name) if "fullbase_columns" in one.attrs else None)
        lines = [f"{name} {table_digest(file[name])}\n" for name in sorted(tables, key=str.encode)]
    print("".join(lines) + "all " + hashlib.sha256("".join(lines).encode()).hexdigest())


main(sys.argv[1])
