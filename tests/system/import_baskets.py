"""What Python's own csv module and str.split make of files of one basket a line; and files for import_baskets.sh."""
import csv
import gzip
import random
import sys

MISSING = {"", "NA", "NULL"}


def lines_of(path, delimiter):
    """Fields of each line, none for a blank one."""
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        if delimiter == "blanks":
            return [line.split() for line in file]
        return list(csv.reader(file, delimiter=delimiter))


def rows_of(delimiter, paths):
    number = 0
    for path in paths:
        for fields in lines_of(path, delimiter):
            number += 1
            items = [item for item in fields if item.strip(" ") not in MISSING]
            for item in items or [""]:
                yield number, item


def expected(delimiter, *paths):
    """As `fullbase export` writes the table."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["basket", "item"])
    writer.writerows(rows_of(delimiter, paths))


def stored(output, table, delimiter, *paths):
    """Whether a published table read by h5py and anndata is what stands in the files; prints its rows, baskets and items."""
    import anndata
    import h5py

    with h5py.File(output) as file:
        frame = anndata.io.read_elem(file[table])
    wanted = list(rows_of(delimiter, paths))
    items = frame["item"].astype(object).where(frame["item"].notna(), "")
    assert [(int(b), str(i)) for b, i in zip(frame["basket"], items)] == wanted
    print(len(frame), frame["basket"].nunique(), frame["item"].nunique())


def generate(path, lines):
    """Numbers between blanks, like the files of FIMI, with empty lines, CRs and repeated items."""
    draw = random.Random(3)
    with open(path, "w", encoding="ascii", newline="") as file:
        for _ in range(lines):
            items = [str(int(draw.paretovariate(0.7)) % 5000) for _ in range(draw.randint(0, 20))]
            file.write(draw.choice([" ", " ", "\t", "  "]).join(items) + draw.choice(["\n", " \n", "\r\n"]))


if __name__ == "__main__":
    globals()[sys.argv[1]](*[int(a) if a.isdigit() else a for a in sys.argv[2:]])
