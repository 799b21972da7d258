"""factorise.py OUTPUT BEFORE STEP OPTIONS: the factors of a step against the normal equations of the pairs of the step `matrix`.

BEFORE is the same with an iteration less: its items are what the customers of OUTPUT were solved for. OPTIONS is JSON: feedback, rank,
regularisation, weighted, alpha, biases; `solved`: whether rows were solved exactly. Prints a line for each of the first breaches and ends with
"<n> rows, worst residual <r>, worst difference <d>, <n> breaches".
"""
import json
import sys

import anndata
import h5py
import numpy

output, before, step = sys.argv[1:4]
options = {"feedback": "implicit", "regularisation": 0.01, "weighted": False, "alpha": 1, "biases": True, "solved": True, "most_difference": 1}
options |= json.loads(sys.argv[4])
implicit = options["feedback"] == "implicit"
biases = options["biases"] and not implicit
breaches = 0


def breach(text):
    global breaches
    breaches += 1
    if breaches <= 10:
        print("BREACH:", text)


def close(what, expected, got, tolerance):
    if not abs(expected - got) <= tolerance * abs(expected):
        breach(f"{what}: expected {expected!r}, got {got!r}")


def read(path, table):
    with h5py.File(path) as file:
        return anndata.io.read_elem(file[table])


def factors_of(path, side):
    frame = read(path, f"{step}/{side}")
    names = [f"factor_{f + 1}" for f in range(options["rank"])]
    if list(frame.columns) != ["entries"] + ["bias"] * biases + names:
        breach(f"{side} have the columns {list(frame.columns)}")
    bias = frame["bias"].to_numpy(float) if biases else numpy.zeros(len(frame))
    return frame, frame[names].to_numpy(float), bias


rounds = read(output, step)
pairs = read(output, "matrix").reset_index()
pairs = pairs.dropna(subset=["customer", "item", "value"])
value = pairs["value"].to_numpy(numpy.float32).astype(float)
mean = value.mean() if biases else 0.0
sides, codes = {}, {}
for side, column in (("customers", "customer"), ("items", "item")):
    sides[side] = factors_of(output, side)
    keys = [str(key) for key in sides[side][0].index]
    wanted = pairs[column].unique()
    wanted = [str(key) for key in sorted(wanted, key=lambda key: key.encode() if isinstance(key, str) else key)]
    if keys != wanted:
        breach(f"{side} are others than those of the pairs")
    place = {key: row for row, key in enumerate(keys)}
    codes[side] = pairs[column].astype(str).map(place).to_numpy()
    if list(numpy.bincount(codes[side], minlength=len(keys))) != list(sides[side][0]["entries"]):
        breach(f"entries of {side} are not those of the pairs")
if biases:
    close("the mean", mean, rounds["mean"].iloc[-1], 1e-12)

worst_residual = worst_difference = 0.0
rows = 0


def solved(side, other, other_factors, other_bias):
    """Every row of a side is the least squares solution given the other side."""
    global worst_residual, worst_difference, rows
    _, factors, bias = sides[side]
    order = numpy.argsort(codes[side], kind="stable")
    starts = numpy.searchsorted(codes[side][order], numpy.arange(len(factors) + 1))
    gram = other_factors.T @ other_factors
    for row in range(len(factors)):
        mine = order[starts[row] : starts[row + 1]]
        known = other_factors[codes[other][mine]]
        weight = options["regularisation"] * (len(mine) if options["weighted"] else 1)
        if implicit:
            scaled = options["alpha"] * value[mine]
            matrix = gram + known.T @ (scaled[:, None] * known)
            right = known.T @ (1 + scaled)
            found = factors[row]
        else:
            if biases:
                known = numpy.column_stack([known, numpy.ones(len(mine))])
            matrix = known.T @ known
            right = known.T @ (value[mine] - mean - other_bias[codes[other][mine]])
            found = numpy.append(factors[row], bias[row]) if biases else factors[row]
        matrix = matrix + weight * numpy.eye(len(matrix))
        size = numpy.linalg.norm
        residual = size(matrix @ found - right) / (size(matrix) * size(found) + size(right))
        exact = numpy.linalg.solve(matrix, right)
        worst_residual = max(worst_residual, residual)
        worst_difference = max(worst_difference, size(found - exact) / size(exact))
        rows += 1
        if options["solved"] and residual > 1e-6:
            breach(f"row {row} of {side} leaves a residual of {residual:.3g}")


_, customers, customer_bias = sides["customers"]
_, items, item_bias = sides["items"]
solved("items", "customers", customers, customer_bias)
_, items_before, bias_before = factors_of(before, "items")
solved("customers", "items", items_before, bias_before)

# The objective and the error of the last iteration, from the factors.
score = (customers[codes["customers"]] * items[codes["items"]]).sum(1)
score += mean + customer_bias[codes["customers"]] + item_bias[codes["items"]]
if implicit:
    confidence = 1 + options["alpha"] * value
    objective = numpy.trace((customers.T @ customers) @ (items.T @ items))
    objective += (confidence * (1 - score) ** 2 - score**2).sum()
else:
    objective = ((value - score) ** 2).sum()
    close("rmse", numpy.sqrt(objective / len(value)), rounds["rmse"].iloc[-1], 1e-7)
for side, (frame, factors, bias) in sides.items():
    weight = frame["entries"].to_numpy(float) if options["weighted"] else 1.0
    objective += options["regularisation"] * (weight * ((factors**2).sum(1) + bias**2)).sum()
close("the objective", objective, rounds["objective"].iloc[-1], 1e-7)
if list(rounds["iteration"]) != list(range(1, len(rounds) + 1)):
    breach("iterations are not numbered")
if not (numpy.diff(rounds["objective"]) <= 0).all():
    breach(f"the objective rises: {list(rounds['objective'])}")
if worst_difference > options["most_difference"]:
    breach(f"a row differs by {worst_difference:.3g} of it from numpy's")
print(f"{rows} rows, worst residual {worst_residual:.2g}, worst difference {worst_difference:.2g}, {breaches} breaches")
sys.exit(1 if breaches else 0)
