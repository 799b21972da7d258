"""Makes the seeds of a fuzzing target. usage: seeds.py NAME FOLDER SOURCE_ROOT"""
import glob
import json
import os
import random
import shutil
import sys

name, folder, root = sys.argv[1:]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
made = 0


def seed(content):
    global made
    made += 1
    with open(os.path.join(folder, "%03d" % made), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


if name == "job_file":
    for path in sorted(glob.glob(os.path.join(root, "configs", "*.yaml"))):
        with open(path, "rb") as file:
            seed(file.read())
elif name == "csv":
    row = "x y,12,1.5e3,12.25,some text,2020-01-02T03:04:05,2020-01-02,true"
    quoted = "\"a\"\"b\",-7,nan,0.01,\"two\nlines, and more\",2020-02-29 23:59:59Z,1970-01-01,0"
    lines = ["a,b,c,d,e,f,g,h", row, quoted, ",,,,,,,", "NA,NULL,,-0.00,,,,", "too,few", row + ",too many", "x,9223372036854775808,inf,1.999,,2021-13-01,x,maybe"]
    for choice in range(0, 256, 7):
        delimiter = ",;\t "[choice // 2 % 4]
        text = (os.linesep if choice % 3 else "\r\n").join(lines).replace(",", delimiter)
        encoding = ["utf-8", "latin-1", "utf-16", "cp1252"][choice // 32 % 4]
        seed(bytes([choice, 5 * choice % 256, choice % 90]) + text.encode(encoding))
    seed(bytes([0, 0, 0]) + b"\xef\xbb\xbfa,b,c,d,e,f,g,h\n\"never closed")
    seed(bytes([128, 3, 3]) + b"milk,bread\n\nbeer,\"a,b\",milk\n")
elif name == "store":
    column = {"name": "a", "type": "int64", "nullable": True}
    source = {"path": "/x/a.csv", "bytes": 17, "modified_ns": 5, "sha256": "0" * 64, "options_sha256": "1" * 64}
    part = {"file": "t-1.h5", "group": "/rows", "rows": 3, "checksum": "2" * 64, "source": source, "counts": {"records": 3, "rejected: not a number": 1}}
    seed(json.dumps({"fullbase_store": 1, "tables": {"t": {"schema": {"key": "", "columns": [column, {"name": "p", "type": "decimal", "nullable": False, "scale": 2}]},
                                                           "parts": [part, dict(part, seal={"bytes": 5, "hash": "3" * 64})]}}}, indent=2))
    seed('{"format": "fullbase store 2", "tables": {}, "sha256": "' + "4" * 64 + '"}')
    # A data frame, and what chance gives.
    seed(bytes([0, 9, 6, 0, 3, 0, 6, 1, 3, 6, 6, 2, 2, 1, 6, 3, 0, 1, 23, 7, 0, 6, 3, 1, 1, 23, 7, 0, 0, 1]))
    random.seed(11)
    for length in [8, 16, 24, 40, 60, 90, 120, 200] * 6:
        seed(bytes(random.randrange(256) for _ in range(length)))
elif name == "checkpoint":
    fingerprint = {"whole": "0", "options": "1" * 64, "environment": "2" * 64, "inputs": ["3" * 64], "program": "4" * 64}
    arrays = [{"name": "centroids", "type": "float64", "rows": 2, "width": 3}, {"name": "round", "type": "int64", "rows": 1, "width": 1},
              {"name": "text", "type": "byte", "rows": 5, "width": 1}, {"name": "codes", "type": "int32", "rows": 3, "width": 1}, {"name": "x", "type": "float32", "rows": 0, "width": 7}]
    state = bytes(range(64)) + bytes(64) + b"hello" + bytes(59) + bytes(64)
    for bytes_of_file in [256, 204, 1 << 62]:
        record = {"step": "groups", "generation": 3, "fingerprint": fingerprint, "file": {"bytes": bytes_of_file, "hash": "5" * 64}, "arrays": arrays}
        seed(json.dumps(record, indent=2).encode() + bytes([0]) + state[:bytes_of_file])
    step = {"step": "groups", "job": "kmeans", "published": True, "seconds": 1.5, "rows": {"groups": 7, "groups/centroids": 4}, "left_out": {"missing": 3},
            "notes": {"k": 4, "inertia": 2.5, "converged": True, "init": "random", "none": None}, "warnings": ["one"], "fingerprint": fingerprint}
    seed(json.dumps({"form": "x", "file": {"bytes": 3, "hash": "5" * 64}, "step": step, "digests": {"groups": "6" * 64}}, indent=2))
else:
    sys.exit("there are no seeds for " + name)
print("%d seeds" % made)
