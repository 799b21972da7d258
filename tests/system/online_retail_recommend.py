"""online_retail_recommend.py OUTPUT CSV: what configs/online_retail_recommend.yaml says of UCI Online Retail, against pandas and numpy.

Prints a line "<truth> <value>" each.
"""
import json
import sys

import anndata
import h5py
import numpy
import pandas
import scipy.sparse

with h5py.File(sys.argv[1]) as file:
    read = lambda table: anndata.io.read_elem(file[table])
    pairs, offers = read("pairs").reset_index(drop=True), read("offers").reset_index(drop=True)
    customer_factors, item_factors = read("factors/customers"), read("factors/items")
    rounds, quality = read("factors"), read("quality")
    alike, called = read("alike").reset_index(drop=True), read("called_alike").reset_index(drop=True)
    likes = read("called_alike/profiles").reset_index(drop=True)
steps = {step["step"]: step for step in json.load(open(sys.argv[1] + ".run.json"))["steps"]}

lines = pandas.read_csv(sys.argv[2], dtype=str, keep_default_na=False)
lines["Quantity"], lines["UnitPrice"] = lines["Quantity"].astype(int), lines["UnitPrice"].astype(float)
lines = lines[(lines.CustomerID != "") & (lines.Quantity > 0) & (lines.UnitPrice > 0) & ~lines.StockCode.isin(["POST", "DOT", "M", "C2"])]
expected = lines.groupby(["CustomerID", "StockCode"]).Quantity.sum().reset_index()
print("pairs", len(pairs) == len(expected))
print("same_pairs", list(zip(pairs.customer.astype(str), pairs.item.astype(str))) == list(zip(expected.CustomerID, expected.StockCode)))
print("values", numpy.allclose(pairs.value, numpy.log1p(expected.Quantity), rtol=1e-12))
print("factors_of_everybody", len(customer_factors) == expected.CustomerID.nunique() and len(item_factors) == expected.StockCode.nunique())
print("objective_falls", bool((numpy.diff(rounds.objective) < 0).all()))

# Every list is the best of all scores, without what the customer has.
customers, items = list(customer_factors.index.astype(str)), list(item_factors.index.astype(str))
row_of, column_of = {c: i for i, c in enumerate(customers)}, {c: i for i, c in enumerate(items)}
names = [name for name in item_factors.columns if name.startswith("factor_")]
x, y = customer_factors[names].to_numpy(dtype=float), item_factors[names].to_numpy(dtype=float)
has = scipy.sparse.csr_matrix((numpy.ones(len(pairs)), ([row_of[str(c)] for c in pairs.customer], [column_of[str(i)] for i in pairs.item])),
                              shape=(len(customers), len(items)))
scores = x @ y.T
scores[has.nonzero()] = -numpy.inf
best = -numpy.sort(-numpy.partition(scores, -10, axis=1)[:, -10:], axis=1)
listed = offers[offers.source == "personal"]
print("ten_for_everybody", len(offers) == 10 * len(customers) == len(listed))
rows, columns = listed.customer.astype(str).map(row_of).to_numpy(), listed.item.astype(str).map(column_of).to_numpy()
print("none_that_they_have", bool((has[rows, columns] == 0).all()))
print("best_scores", numpy.allclose(scores[rows, columns].reshape(-1, 10), best, atol=1e-5) and numpy.allclose(listed.score, best.ravel(), atol=1e-5))

# Who is most alike to the regency cake stand, by its customers and by its name.
values = scipy.sparse.csr_matrix((pairs.value.to_numpy(), has.nonzero()), shape=has.shape)
stand = column_of["22423"]
products = numpy.asarray((values.T @ values[:, stand]).todense())[:, 0]
common = numpy.asarray((has.T @ has[:, stand]).todense())[:, 0]
lengths = numpy.sqrt(numpy.asarray(values.multiply(values).sum(axis=0))[0])
likeness = products / (lengths * lengths[stand]) * common / (common + 10)
likeness[stand] = 0
own = alike[alike.item.astype(str) == "22423"]
print("likeness_of_the_cake_stand", numpy.allclose(own.likeness, -numpy.sort(-likeness)[:10], atol=1e-6))
names_of = lines.groupby("StockCode").Description.agg(lambda texts: " / ".join(sorted(set(texts))))
first = called[(called.item.astype(str) == "85123A") & (called["rank"] == 1)].neighbour.astype(str).iloc[0]
print("called_like_the_white_heart", "HEART T-LIGHT HOLDER" in names_of[first])
print("everybody_likes_something", likes.customer.nunique() == len(customers))
print("items_without_neighbours", steps["called_alike"]["notes"]["items_without_neighbours"] <= 5)

at = quality[quality.k == 10].set_index("method") if "k" in quality.columns else quality
print("factors_surpass_what_is_popular", bool(at.loc["factors", "hit_rate"] > at.loc["popular", "hit_rate"]))
print("more_of_the_shop_is_shown", bool(at.loc["factors", "coverage"] > 10 * at.loc["popular", "coverage"]))
