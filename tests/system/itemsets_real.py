"""Itemsets, rules, recommendations and groups of real baskets against an independent search: every row and every column.

usage: itemsets_real.py groceries|online_retail OUTPUT FOLDER_OF_REAL_DATA

PyFIM 6.28 (Borgelt's apriori, eclat and fpgrowth, which agree) is who the fingerprints are of; with them, what itemset_oracle.py finds is
known to be right. Rules: arules has 410 with one item on the right for Groceries at 0.1 % and confidence .8, and all ways to cut the
sets give 413. mlxtend 0.25 has 409: it divides rounded shares, and four rules of 16 baskets in 20 come out below .8.
"""
import sys

import numpy as np

from itemset_oracle import fingerprint, frequent_sets, groceries, in_order, invoices, rules
from truths import close, finish, holds, read

PYFIM = {
    "groceries 99": "27480a5e05e182dcc6afdf9caef53e5a5b687cab1b26426963c6abf983b7e48d",
    "groceries 10": "aa6035e0fb2783d48779239cd6723d447af8131001c7fc4e5a127fde9102102d",
    "online_retail 200": "279e99be54e86dfb65169953b4359a9086eca610d35417731a4848f53fce766d",
    "online_retail 100": "fbde514263aba8fcd14aff64988774a253728d19773920b6209ef6401532e954",
}


def check_sets(table, expected, baskets):
    """The whole table; returns its sets, rarest item first, by row."""
    order = in_order(expected)
    rows = {items: row for row, items in enumerate(order)}
    holds("number of sets", len(table) == len(order), f"{len(table)}, not {len(order)}")
    holds("names, and the order of sets", list(table["items"]) == [", ".join(items) for items in order])
    holds("counts", list(table["count"]) == [expected[tuple(sorted(items))] for items in order])
    holds("sizes", list(table["size"]) == [len(items) for items in order])
    holds("support", list(table["support"]) == [expected[tuple(sorted(items))] / baskets for items in order])
    holds("last items", list(table["item"]) == [items[-1] for items in order])
    holds("rows of the rest", list(table["rest"].fillna(-1)) == [rows.get(items[:-1], -1) for items in order])
    return order


def check_rules(table, order, expected, baskets):
    """`expected`: of itemset_oracle.rules()."""
    row = {tuple(sorted(items)): number for number, items in enumerate(order)}
    listed = sorted(expected, key=lambda rule: (row[tuple(sorted(rule[0] + rule[1]))], row[rule[1]]))
    holds("number of rules", len(table) == len(listed), f"{len(table)}, not {len(listed)}")
    holds("antecedents", list(table["antecedent_set"]) == [row[rule[0]] for rule in listed])
    holds("consequents", list(table["consequent_set"]) == [row[rule[1]] for rule in listed])
    holds("their sets", list(table["itemset"]) == [row[tuple(sorted(rule[0] + rule[1]))] for rule in listed])
    for side, position in (("antecedent", 0), ("consequent", 1)):
        holds(f"names of the {side}", list(table[side]) == [", ".join(order[row[rule[position]]]) for rule in listed])
    both, left, right = np.array([expected[rule] for rule in listed], dtype=float).T
    holds("counts of rules", (table["count"] == both).all())
    close("support of rules", both / baskets, table["support"])
    close("confidence", both / left, table["confidence"])
    close("lift", both / left / (right / baskets), table["lift"])
    close("leverage", both / baskets - left / baskets * (right / baskets), table["leverage"])
    with np.errstate(divide="ignore"):
        close("conviction", (1 - right / baskets) / (1 - both / left), table["conviction"])
    holds("who never fails", (np.isinf(table["conviction"]) == (both == left)).all())


def check_groceries(output, folder):
    baskets = groceries(f"{folder}/groceries.csv")
    for least, sets, table, confidence, names in ((99, 333, "sets", 0.5, ("rules", 15)), (10, 13492, "rare_sets", 0.8, ("sure_rules", 413))):
        expected = frequent_sets(baskets, least)
        holds(f"PyFIM's sets at {least}", fingerprint(expected) == PYFIM[f"groceries {least}"])
        order = check_sets(read(output, table), expected, len(baskets))
        holds(f"sets at {least}", len(order) == sets)
        found = rules(expected, confidence)
        holds("rules known from elsewhere", len(found) == names[1])
        check_rules(read(output, names[0]), order, found, len(baskets))
    rounded = [r for r in found.values() if r[0] / len(baskets) / (r[1] / len(baskets)) >= 0.8]
    holds("mlxtend's rules", len(rounded) == 409 and sum(len(rule[1]) == 1 for rule in found) == 410)
    # Those of milk: the best by lift, which the antecedent decides; at equal lift the first.
    named = [(rule, counts) for rule, counts in rules(expected, 0.5).items()
             if rule[1] == ("whole milk",) and len(rule[0]) <= 3 and "other vegetables" not in rule[0]]
    lifts = sorted((counts[0] / counts[1] / (counts[2] / len(baskets)) for _, counts in named), reverse=True)
    milk = read(output, "milk")
    close("the best rules", [lift for lift in lifts if lift >= 2][:20], milk["lift"])
    holds("one consequent", set(milk["consequent"]) == {"whole milk"})


def check_online_retail(output, folder):
    import pandas as pd

    baskets = invoices(f"{folder}/online_retail.csv.gz")
    for least in (200, 100):
        holds(f"PyFIM's sets at {least}", fingerprint(frequent_sets(baskets, least)) == PYFIM[f"online_retail {least}"])
    kept = [[item for item in basket if item not in ("POST", "DOT", "M", "C2")] for basket in baskets]
    expected = frequent_sets(kept, 200)
    order = check_sets(read(output, "sets"), expected, len(baskets))
    found = {rule: counts for rule, counts in rules(expected, 0.5).items()
             if len(rule[1]) == 1 and counts[0] / counts[1] / (counts[2] / len(baskets)) >= 2}
    check_rules(read(output, "rules"), order, found, len(baskets))

    lines = pd.read_csv(f"{folder}/online_retail.csv.gz", dtype=str, keep_default_na=False)
    lines = lines[(lines.CustomerID != "") & (lines.Quantity.astype(int) > 0) & (lines.UnitPrice.astype(float) > 0)]
    bought = {customer: set(items) for customer, items in lines.groupby("CustomerID").StockCode}

    # Offers: each item once, from the surest rule that fires; of equally sure ones the first.
    row = {tuple(sorted(items)): number for number, items in enumerate(order)}
    listed = sorted(found, key=lambda rule: (row[tuple(sorted(rule[0] + rule[1]))], row[rule[1]]))
    ranked = sorted(((-found[rule][0] / found[rule][1], number, set(rule[0]), rule[1][0]) for number, rule in enumerate(listed)))
    offers = read(output, "offers")
    got = [tuple(values) for values in zip(offers["customer"] if "customer" in offers else offers.index, offers["rank"], offers["item"], offers["rule"])]
    wanted = []
    for customer in sorted(bought):
        best = {}
        for _, number, antecedent, item in ranked:
            if item not in best and item not in bought[customer] and antecedent <= bought[customer]:
                best[item] = number
                if len(best) == 5:
                    break
        wanted += [(customer, rank, item, number) for rank, (item, number) in enumerate(best.items(), 1)]
    holds("offers", got == wanted, f"{len(got)} offers, {len(wanted)} expected, the first that differ: "
          f"{next(((a, b) for a, b in zip(got, wanted) if a != b), None)}")

    # Habits: the strongest twenty sets of two or three items by lift; the first of these that a customer has all items of.
    share = {items: count / len(baskets) for items, count in expected.items()}
    strength = {items: share[items] / np.prod([share[item,] for item in items]) for items in expected if 2 <= len(items) <= 3}
    strongest = sorted(strength, key=lambda items: (-strength[items], row[items]))[:20]
    habits = read(output, "habits")
    names = {customer: next((", ".join(order[row[items]]) for items in strongest if set(items) <= bought[customer]), "otherwise") for customer in bought}
    same = dict(zip(habits["customer"] if "customer" in habits else habits.index, habits["group"].astype(str))) == names
    holds("groups", same)
    customers = read(output, "customers")
    holds("groups beside value", list(customers["group"].astype(str)) == list(habits["group"].astype(str)))


if __name__ == "__main__":
    {"groceries": check_groceries, "online_retail": check_online_retail}[sys.argv[1]](*sys.argv[2:])
    finish()
