"""Makes the HDF5 files of hostile.sh in the current folder, or breaks one. usage: hostile.py make | hostile.py mutate FILE TARGET SEED"""
import random
import sys

import h5py
import numpy

rows = 3000


def columns(group):
    group["a"] = numpy.arange(rows) * 0.5
    group.create_dataset("b", data=numpy.arange(rows), chunks=(256,), compression="gzip", shuffle=True, fletcher32=True)
    group["s"] = numpy.array(["text %d" % i for i in range(rows)], dtype=object)


def make():
    with h5py.File("good.h5", "w", libver="earliest") as file:
        columns(file.create_group("t"))
        file.attrs["names"] = ["a", "bb", "ccc"]
    with h5py.File("hostile.h5", "w") as file:
        columns(file.create_group("t"))
        with h5py.File("other.h5", "w") as other:
            columns(other.create_group("t"))
        file["external_link"] = h5py.ExternalLink("other.h5", "/t")
        file["soft_link"] = h5py.SoftLink("/t")
        column = file.create_group("column_by_link")
        column["a"] = numpy.arange(10.0)
        column["b"] = h5py.ExternalLink("other.h5", "/t/b")
        group = file.create_group("external_storage")
        group.create_dataset("a", shape=(10,), dtype="f8", external=[("/etc/passwd", 0, 80)])
        group = file.create_group("virtual")
        layout = h5py.VirtualLayout(shape=(10,), dtype="f8")
        layout[:] = h5py.VirtualSource("other.h5", "/t/a", shape=(rows,))[:10]
        group.create_virtual_dataset("a", layout)
        for name, options in {"scaleoffset": {"scaleoffset": 4}, "lzf": {"compression": "lzf"}}.items():
            group = file.create_group(name)
            group.create_dataset("a", data=numpy.arange(rows), chunks=(256,), **options)
        group = file.create_group("huge")
        group.create_dataset("a", shape=(1 << 60,), dtype="f8", chunks=(1 << 16,))
        group = file.create_group("huge_chunk")
        group.create_dataset("a", shape=(1 << 29,), dtype="f8", chunks=(1 << 28,), compression="gzip")
        cycle = file.create_group("cycle")
        cycle["again"] = cycle
        cycle["up"] = file["/"]
        columns(cycle.create_group("t"))
        frame = file.create_group("frame")
        frame.attrs["encoding-type"] = "dataframe"
        frame.attrs["_index"] = "a"
        frame.attrs["column-order"] = ["../t/a"]
        frame["a"] = numpy.arange(5)
    with h5py.File("escapes.h5", "w") as file:
        group = file.create_group("\x1b[31mred")
        group["a\x1b[2J"] = numpy.arange(3.0)
        group["text"] = numpy.array(["one\x1b[1A", "two\nlines", "three"], dtype=object)


def mutate(source, target, seed):
    """Some bytes, more often among the first, where the structure is."""
    chance = random.Random(seed)
    with open(source, "rb") as file:
        content = bytearray(file.read())
    for _ in range(chance.choice([1, 1, 2, 4])):
        at = chance.randrange(chance.choice([4096, 12000, len(content)]))
        content[at] = chance.choice([0, 255, 127, 128, content[at] ^ 1 << chance.randrange(8)])
    with open(target, "wb") as file:
        file.write(content)


if sys.argv[1] == "make":
    make()
else:
    mutate(sys.argv[2], sys.argv[3], int(sys.argv[4]))
