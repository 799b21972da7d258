"""Makes the HDF5 files of bad_input.sh in the current folder: tables that a user may have, each with one thing wrong."""
import sys

import h5py
import numpy

rows = 5000
random = numpy.random.default_rng(5)


def table(file, name, **columns):
    group = file.create_group(name)
    for column, values in columns.items():
        group[column] = values


def numbers():
    return random.normal(size=rows)


with h5py.File("inputs.h5", "w") as file:
    table(file, "good", a=numbers(), b=numbers())
    a = numbers()
    a[[1234, 2000, 4999]] = numpy.nan
    table(file, "nan", a=a, b=numbers())
    a = numbers()
    a[3333], a[2222] = numpy.inf, -numpy.inf
    table(file, "infinite", a=a, b=numbers())
    table(file, "constant", a=numpy.full(rows, 3.25), b=numbers())
    table(file, "all_missing", a=numpy.full(rows, numpy.nan), b=numbers())
    table(file, "empty", a=numpy.zeros(0), b=numpy.zeros(0))
    table(file, "two", a=numpy.array([1.0, 2.0]), b=numpy.array([3.0, 5.0]))
    table(file, "few_distinct", a=numpy.arange(rows) % 3 * 1.0, b=numpy.arange(rows) % 3 * 2.0)
    table(file, "negative", a=numpy.where(numpy.arange(rows) == 777, -1.5, numpy.arange(rows) % 7), b=numbers())
    table(file, "texts", a=numpy.array([b"x", b"y"]), b=numpy.array([1.0, 2.0]))
    table(file, "unequal", a=numpy.zeros(5), b=numpy.zeros(6))
    table(file, "huge", a=numpy.full(10, 2**63, dtype=numpy.uint64), b=numpy.zeros(10))
    file["cube"] = numpy.zeros((2, 2, 2))
    group = file.create_group("frame")
    group.attrs["encoding-type"] = "dataframe"
    group.attrs["encoding-version"] = "0.2.0"
    group.attrs["_index"] = "id"
    group.attrs["column-order"] = ["a"]
    ids = [f"c{i:05d}" for i in range(rows)]
    ids[4000] = ids[17]
    group["id"] = numpy.array(ids, dtype="S8")
    group["a"] = numbers()

with open("text.h5", "w") as file:
    file.write("this is no HDF5 file\n")
open("nothing.h5", "w").close()
