"""A table to train on, and what its split, encoded and measured forms have to be.
usage: training_table.py make FIRST.csv LATER.csv | check OUTPUT FIRST.csv | stay OUTPUT LATER_OUTPUT OTHER_SEED"""
import sys

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency
from sklearn.metrics import mutual_info_score


def make(first, later):
    """20,000 customers whose churn depends on some columns, and the same with 7,000 more before, among and behind them."""
    random = np.random.default_rng(17)
    n = 27_000
    country = random.choice(["UK", "DE", "FR", "New Zealand", ""], n, p=[0.5, 0.3, 0.15, 0.0495, 0.0005])
    visits = random.geometric(0.2, n) - 1
    spend = np.round(random.lognormal(3, 1, n), 3)
    plan = random.choice(["gold", "silver", "bronze", ""], n, p=[0.1, 0.3, 0.5, 0.1])
    plan = np.where((visits > 12) & (random.random(n) < 0.5), "gold", plan)
    odds = 0.3 * (country == "DE") + 0.02 * np.minimum(visits, 20) + 0.2 * (plan == "gold")
    table = pd.DataFrame({
        "id": np.arange(n),
        "customer": ["C%05d" % c for c in random.integers(0, 4_000, n)],
        "country": country,
        "zip": ["Z%04d" % z for z in (random.pareto(0.7, n) * 100).astype(int) % 5_000],
        "plan": plan,
        "visits": np.where(random.random(n) < 0.02, "", visits.astype(str)),
        "spend": np.where(random.random(n) < 0.1, "", spend.astype(str)),
        "price": np.where(random.random(n) < 0.2, "", np.round(random.random(n) * 0.5, 2).astype(str)),
        "vip": random.choice(["true", "false", ""], n, p=[0.2, 0.7, 0.1]),
        "churned": np.where(random.random(n) < 0.1 + odds, "true", "false"),
    })
    kept = np.sort(random.permutation(n)[:20_000])
    table.to_csv(later, index=False)
    table.iloc[kept].assign(id=np.arange(20_000)).to_csv(first, index=False)


def truth(what, holds, more=""):
    print(f"{'right' if holds else 'wrong'}: {what}{'' if holds else f' ({more})'}")


def same(what, ours, theirs):
    """Equal values, missing where missing."""
    a, b = pd.Series(np.asarray(ours, dtype=object)), pd.Series(np.asarray(theirs, dtype=object))
    if len(a) != len(b):
        return truth(what, False, f"{len(a)} rows for {len(b)}")
    if len(a) == 0:
        return truth(what, False, "no rows")
    wrong = ~((a.isna() & b.isna()) | (a == b).fillna(False).astype(bool)).to_numpy()
    first = wrong.argmax()
    truth(what, not wrong.any(), f"{wrong.sum()} rows differ, the first at {first}: {a[first]} for {b[first]}")


def near(what, ours, theirs, tolerance=1e-12):
    truth(what, (np.isnan(ours) and np.isnan(theirs)) or abs(ours - theirs) <= tolerance * max(1, abs(theirs)), f"{ours} for {theirs}")


def read(output, name):
    with h5py.File(output) as file:
        frame = anndata.io.read_elem(file[name])
    return frame.reset_index(drop=frame.index.name is None or frame.index.name in frame.columns)


def source(path):
    table = pd.read_csv(path, dtype={"customer": str, "country": str, "zip": str, "plan": str, "visits": "Int64"}, keep_default_na=False,
                        na_values=[""])
    table["vip"] = table["vip"].map({True: True, False: False, "True": True, "False": False, "true": True, "false": False})
    return table


def untouched(what, ours, table, but=()):
    for column in table.columns:
        if column not in but:
            same(f"{what}: {column} is as it was", ours[column], table[column])


def check_split(output, table):
    parts = read(output, "parts")
    untouched("parts", parts, table)
    strata = table["country"].fillna("none")
    counts = pd.crosstab(strata, parts["part"].to_numpy())
    share = counts.sum(axis=1) * 0.3
    truth("every stratum has its share to test on, to within a row", (counts["test"] - share).abs().max() < 1, counts)
    truth("and so have all rows", abs(counts["test"].sum() - share.sum()) < 1, counts)
    truth("train and test are all parts", list(counts.columns) == ["test", "train"], counts.columns)
    truth("a part is drawn and not a run of rows", abs(np.corrcoef(parts["part"] == "test", table["id"])[0, 1]) < 0.03)
    plain = read(output, "plain")
    truth("a quarter is to test on", (plain["part"] == "test").sum() == 5_000)

    folds = read(output, "folds")
    strata = table["plan"].fillna("none")
    sizes = pd.crosstab(strata, folds["piece"].to_numpy())
    truth("strata fall into folds of equal size", (sizes.max(axis=1) - sizes.min(axis=1)).max() <= 1 and sizes.shape == (4, 7), sizes)
    whole = read(output, "whole")
    kept = table[(table["country"] != "FR") & table["country"].notna()]
    same("folds of the rows that `where` leaves", whole["id"], kept["id"])
    sizes = pd.crosstab(kept["visits"].astype("float").fillna(-1).to_numpy(), whole["fold"].to_numpy())
    truth("strata of numbers fall into folds of equal size", (sizes.max(axis=1) - sizes.min(axis=1)).max() <= 1, sizes)
    truth("folds are numbered from 0", sorted(whole["fold"].unique()) == [0, 1, 2, 3])

    people = read(output, "people")
    per_customer = people.groupby("customer", observed=True)["part"].nunique()
    truth("a customer is on one side", (per_customer == 1).all())
    # 4,000 customers: the share of customers is binomial, that of their rows little wider.
    truth("about a fifth is to test on", abs((people["part"] == "test").mean() - 0.2) < 0.04, (people["part"] == "test").mean())
    groups = read(output, "groups")
    truth("a country is in one fold", (groups.groupby("country", observed=True)["fold"].nunique() == 1).all())


def check_encode(output, table):
    coded = read(output, "coded")
    untouched("coded", coded, table, but=("country", "plan", "zip", "visits", "vip"))
    listed = ["UK", "DE", "New Zealand"]
    for value in listed:
        same(f"country_{value}", coded[f"country_{value}"], (table["country"] == value).fillna(False))
    same("country_other", coded["country_other"], table["country"].notna() & ~table["country"].isin(listed))
    same("places in a list", coded["plan"], table["plan"].map({"gold": 0, "bronze": 1}).astype("Int64"))
    frequencies = table["zip"].value_counts() / len(table)
    same("shares of rows", coded["zip"], table["zip"].map(frequencies))
    order = {value: code for code, value in enumerate(sorted(table["visits"].dropna().unique()))}
    same("places among the numbers that occur", coded["visits"], table["visits"].map(order).astype("Int64"))
    same("places of truth values", coded["vip"], table["vip"].map({False: 0, True: 1}).astype("Int64"))

    encodings = read(output, "coded/encodings")
    of_zip = encodings[(encodings["column"] == "zip") & encodings["value"].notna()]
    same("values in the order of their bytes", of_zip["value"], sorted(table["zip"].unique()))
    same("rows of each value", of_zip["rows"], table["zip"].value_counts().sort_index())
    missing = encodings[encodings["value"].isna()].set_index("column")["rows"]
    same("rows without a value", [missing[c] for c in ("country", "plan", "zip", "visits", "vip")],
         [int(table[c].isna().sum()) for c in ("country", "plan", "zip", "visits", "vip")])

    again = read(output, "again")
    kept = table[(table["id"] < 2_500) & (table["vip"] == True)]  # noqa: E712
    same("another table's codes", again["zip"], kept["zip"].map(frequencies))
    same("another table's places", again["visits"], kept["visits"].map(order).astype("Int64"))

    few = table[table["country"] == "UK"]
    strange = read(output, "strange")
    same("values that were not there have their place", strange["zip"], table["zip"].map(few["zip"].value_counts() / len(few)).fillna(-1))
    places = {value: code for code, value in enumerate(sorted(few["visits"].dropna().unique()))}
    same("missing values have theirs", strange["visits"], [-2 if pd.isna(v) else places.get(v, -1) for v in table["visits"]])
    truth("some values were not there", (strange["zip"] == -1).sum() > 10 and (strange["visits"] == -2).sum() > 10)


def quantile_bins(values):
    """Bins that end at the type-1 quantiles i / 32; missing values have their own."""
    present = np.sort(values[~np.isnan(values)])
    ends = np.unique(present[np.ceil(np.arange(1, 32) / 32 * len(present)).astype(int) - 1])
    bins = np.searchsorted(ends, values, side="left")
    return np.where(np.isnan(values), 99, bins)


def bins_of(column):
    if str(column.dtype) in ("object", "string") and not column.dropna().map(lambda v: isinstance(v, bool)).all():
        codes = column.map(column.value_counts().rank(method="first")).fillna(-1)
        order = sorted(column.dropna().unique(), key=lambda v: (-(column == v).sum(), v)) if column.nunique() > 1_000 else []
        for value in order[1_000:]:
            codes = codes.where(column != value, -2)
        return codes.to_numpy()
    return quantile_bins(column.astype("float").to_numpy())


def check_measures(what, measured, table, label, numeric_label=None):
    for _, row in measured.iterrows():
        name = row["feature"]
        column = table[name]
        counts = pd.crosstab(bins_of(column), label)
        near(f"{what}: mutual information of {name}", row["mutual_information"], mutual_info_score(bins_of(column), label))
        test = chi2_contingency(counts, correction=False)
        near(f"{what}: chi-square of {name}", row["chi_square"], test.statistic)
        truth(f"{what}: degrees of freedom of {name}", row["degrees_of_freedom"] == test.dof)
        near(f"{what}: p-value of {name}", row["p_value"], test.pvalue)
        truth(f"{what}: distinct values of {name}", row["distinct"] == column.nunique(), row["distinct"])
        near(f"{what}: missing share of {name}", row["missing_share"], column.isna().mean())
        is_text = str(column.dtype) in ("object", "string") and not column.dropna().map(lambda v: isinstance(v, bool)).all()
        if is_text:
            truth(f"{what}: {name} has no variance", np.isnan(row["variance"]) and np.isnan(row["correlation"]))
            continue
        numbers = column.astype("float").to_numpy()
        near(f"{what}: variance of {name}", row["variance"], np.nanvar(numbers), 1e-11)
        if numeric_label is not None:
            here = ~np.isnan(numbers)
            near(f"{what}: correlation of {name}", row["correlation"], np.corrcoef(numbers[here], numeric_label[here])[0, 1])


def check_select(output, table):
    measured = read(output, "measured")
    churned = table["churned"].astype(bool).to_numpy()
    truth("every usable column is measured", sorted(measured["feature"]) == ["country", "price", "spend", "vip", "visits", "zip"], list(measured["feature"]))
    check_measures("churn", measured, table, churned, churned.astype(float))
    same("ranks", measured["rank"], range(1, len(measured) + 1))
    truth("the best is first", measured["mutual_information"].is_monotonic_decreasing)
    truth("all are selected without a rule", measured["selected"].all() and measured["reason"].isna().all())

    chosen = read(output, "chosen")
    planned = table[table["plan"].notna()]
    check_measures("plan", chosen, planned, planned["plan"].to_numpy())
    same("importances are those of the other table", chosen["importance"],
         [0.5 * table[name].nunique() if name != "vip" else None for name in chosen["feature"]])
    truth("the most important is first, what has none last", chosen["importance"].fillna(-1).is_monotonic_decreasing and chosen["feature"].iloc[-1] == "vip")
    why = chosen.set_index("feature")["reason"].astype(object)
    truth("price varies too little", why["price"] == "variance below min_variance", why["price"])
    truth("vip varies too little", why["vip"] == "variance below min_variance", why["vip"])
    left = chosen[~chosen["feature"].isin(["price", "vip"])]
    unlikely = left[left["p_value"] <= 0.05]
    same("the best of those that pass is selected", chosen[chosen["selected"]]["feature"], unlikely["feature"][:1])
    truth("independent columns have no small p-value", set(left["feature"]) - set(unlikely["feature"]) >= {"country"}, list(unlikely["feature"]))
    same("what is not selected says why", left["reason"],
         [None if f == unlikely["feature"].iloc[0] else "p-value above max_p_value" if p > 0.05 else "not among the best that keep asks for"
          for f, p in zip(left["feature"], left["p_value"])])

    numbers = read(output, "numbers")
    known = table[table["visits"].notna()]
    label = known["visits"].astype(float).to_numpy()
    check_measures("visits", numbers, known, quantile_bins(label), label)
    magnitudes = numbers["correlation"].abs().fillna(-1)
    truth("the greatest correlation is first", magnitudes.is_monotonic_decreasing, list(magnitudes))


def stay(output, later, other_seed):
    sides = [read(path, "people").drop_duplicates("customer").set_index("customer")["part"].astype(str) for path in (output, later, other_seed)]
    before, after, other = sides
    common = before.index.intersection(after.index)
    truth("customers stay where they were when rows are added", len(common) > 3_500 and (before[common] == after[common]).all())
    truth("there are more customers later", len(after) > len(before))
    # Independent draws of 0.2 agree in 0.68 of the customers.
    agreed = (before == other[before.index]).mean()
    truth("another seed draws others", 0.6 < agreed < 0.76, agreed)


if sys.argv[1] == "make":
    make(*sys.argv[2:])
elif sys.argv[1] == "check":
    rows = source(sys.argv[3])
    check_split(sys.argv[2], rows)
    check_encode(sys.argv[2], rows)
    check_select(sys.argv[2], rows)
else:
    stay(*sys.argv[2:])
