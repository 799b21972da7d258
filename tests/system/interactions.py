"""Tables of interactions against pandas. usage: interactions.py OUTPUT LINES.csv AS_OF"""
import sys

import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem

breaches = values = 0


def breach(text):
    global breaches
    breaches += 1
    print("BREACH:", text)


def same(what, got, expected, tolerance=0.0):
    global values
    got, expected = np.asarray(got), np.asarray(expected)
    values += len(expected)
    if got.shape != expected.shape:
        breach(f"{what}: {got.shape} rows, expected {expected.shape}")
    elif tolerance == 0:
        wrong = np.flatnonzero(got != expected)
        if len(wrong):
            breach(f"{what}: row {wrong[0]}: {got[wrong[0]]}, expected {expected[wrong[0]]}; {len(wrong)} differ")
    else:
        wrong = np.flatnonzero(~(np.abs(got - expected) <= tolerance * np.maximum(1, np.abs(expected))))
        if len(wrong):
            breach(f"{what}: row {wrong[0]}: {got[wrong[0]]!r}, expected {expected[wrong[0]]!r}; {len(wrong)} differ")


output, lines, as_of = sys.argv[1:]
as_of = pd.Timestamp(as_of)
lines = pd.read_csv(lines, dtype={"customer": str, "item": str})
lines["time"] = pd.to_datetime(lines["time"]).dt.tz_localize(None)
lines = lines.dropna(subset=["customer", "item"])
before = lines[lines["time"] < as_of]


def weight(rows, days):
    age = (as_of - rows["time"]) / pd.Timedelta(days=days)
    return np.exp2(-np.minimum(age, 64))


def grouped(rows):
    return rows.groupby(["customer", "item"], sort=False)


def compare(step, value, rows, scale=None, least=-np.inf, cold=None, leave_out_cold=False, tolerance=1e-12):
    """`value`: by (customer, item), `rows`: the lines that it is made of."""
    with h5py.File(output) as file:
        table = read_elem(file[step])
        sides = {side: read_elem(file[f"{step}/{side}"]) for side in ("customers", "items")}
    expected = pd.DataFrame({"value": value, "lines": grouped(rows).size(), "last": grouped(rows)["time"].max()})
    expected = expected[expected["value"] >= least]
    if scale:
        expected["value"] = scale(expected["value"])
    # By bytes, as tables are.
    order = sorted(expected.index, key=lambda pair: tuple(text.encode() for text in pair))
    expected = expected.loc[order].reset_index()
    limits = cold or (0, 0)
    keep = np.ones(len(expected), bool)
    for side, key, other, limit in (("customers", "customer", "items", limits[0]), ("items", "item", "customers", limits[1])):
        by = expected.groupby(key, sort=False)["value"].agg(["size", "sum"])
        by = by.loc[sorted(by.index, key=str.encode)]
        same(f"{step}.{side}", sides[side].index.astype(str), by.index.astype(str))
        same(f"{step}.{side}.{other}", sides[side][other], by["size"])
        same(f"{step}.{side}.total", sides[side]["total"], by["sum"], 1e-11)
        same(f"{step}.{side}.cold", sides[side]["cold"], by["size"] < limit)
        if leave_out_cold:
            keep &= ~expected[key].isin(by.index[by["size"] < limit]).to_numpy()
    expected = expected[keep]
    if leave_out_cold and keep.all():
        breach(f"{step}: nobody is cold, nothing is tested")
    same(f"{step}.customer", table["customer"].astype(str), expected["customer"])
    same(f"{step}.item", table["item"].astype(str), expected["item"])
    same(f"{step}.value", table["value"], expected["value"], tolerance)
    same(f"{step}.lines", table["lines"], expected["lines"])
    if "last" in table:
        same(f"{step}.last", pd.to_datetime(table["last"], unit="us").to_numpy("M8[us]"), expected["last"].to_numpy("M8[us]"))


compare("bought", grouped(lines).size(), lines, tolerance=0)
compare("pieces", grouped(before)["quantity"].sum(), before, np.log1p, least=1, cold=(5, 3), leave_out_cold=True)
some = before[before["quantity"] > 0].copy()
some["amount"] = some["quantity"] * some["price"] * weight(some, 60)
compare("spent", grouped(some)["amount"].sum(), some, cold=(2, 4))
some = before.assign(weight=weight(before, 45))
compare("often", grouped(some)["weight"].sum(), some)
compare("price", grouped(lines)["price"].mean(), lines)
some = before.assign(weight=weight(before, 90))
some["weighted"] = some["price"] * some["weight"]
compare("aged", grouped(some)["weighted"].sum() / grouped(some)["weight"].sum(), some)
latest = before.assign(row=np.arange(len(before))).sort_values(["time", "row"])
compare("latest", grouped(latest)["price"].last(), before, tolerance=0)
compare("capped", grouped(lines.assign(quantity=lines["quantity"].clip(0, 20)))["quantity"].max(), lines, tolerance=0)
some = lines[(lines["price"] > 0) & (lines["price"] <= 5)]
compare("warm", grouped(some)["price"].min(), some, tolerance=0)
print(f"{values} values, {breaches} breaches")
sys.exit(1 if breaches or values < 10_000 else 0)
