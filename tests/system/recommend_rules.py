"""recommend_rules.py OUTPUT LINES.csv BY TOP GROUPS: recommendations and behaviour classes of an output against a look at every rule and set.

LINES.csv holds the lines that take part: customer, item. Prints a line for a breach and ends with "<n> recommendations, <n> groups, <n> breaches".
"""
import csv
import sys

import pandas

from truths import breach, finish, read

output, lines, by, top, groups = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
sets, rules = read(output, "sets").reset_index(), read(output, "rules").reset_index()
offers, customers = read(output, "offers").reset_index(drop=True), read(output, "offers/customers")
habits, counted = read(output, "habits"), read(output, "habits/groups")

items_of = []
for item, rest in zip(sets["item"], sets["rest"]):
    known = [] if pandas.isna(rest) else items_of[int(rest)]
    items_of.append(known + [item])

bought = {}
with open(lines, newline="") as file:
    for line in csv.DictReader(file):
        if line["customer"]:
            basket = bought.setdefault(line["customer"], set())
            if line["item"]:
                basket.add(line["item"])
bought = {customer: bought[customer] for customer in sorted(bought, key=lambda text: text.encode())}

antecedents = [frozenset(items_of[row]) for row in rules["antecedent_set"]]
consequents = [items_of[row] for row in rules["consequent_set"]]
order = sorted(range(len(rules)), key=lambda rule: (-rules[by][rule], rule))
# Rules that an item of a customer can be in, so that few are looked at.
by_first = {}
for place, rule in enumerate(order):
    by_first.setdefault(min(antecedents[rule]), []).append((place, rule))

baskets = round(sets["count"][0] / sets["support"][0]) if len(sets) else 0
single = {items_of[row][0]: sets["count"][row] for row in range(len(sets)) if len(items_of[row]) == 1}


def lift(row):
    independent = 1.0
    for item in items_of[row]:
        independent *= single[item] / baskets
    return sets["count"][row] / baskets / independent


strongest = sorted((row for row in range(len(sets)) if len(items_of[row]) >= 2), key=lambda row: (-lift(row), row))[:groups]


def same(what, expected, got):
    if expected != got:
        breach(f"{what}: expected {expected}, got {got}")


wanted, of_customers, of_habits = [], [], []
for customer, basket in bought.items():
    fired = sorted(entry for item in basket for entry in by_first.get(item, []) if antecedents[entry[1]] <= basket)
    best = {}
    for place, rule in fired:
        for item in consequents[rule]:
            if item not in basket:
                best.setdefault(item, (place, item.encode()))
    found = sorted(best, key=best.get)[:top]
    for rank, item in enumerate(found, 1):
        rule = order[best[item][0]]
        wanted.append((customer, rank, item, rule, rules["confidence"][rule], rules["lift"][rule], rules["support"][rule]))
    of_customers.append((customer, len(basket), len(fired), len(found)))
    of_habits.append((customer, next((row for row in strongest if basket.issuperset(items_of[row])), None)))

columns = ["customer", "rank", "item", "rule", "confidence", "lift", "support"]
got = list(zip(*(offers[name].astype(str) if name in ("customer", "item") else offers[name] for name in columns)))
same("recommendations", len(wanted), len(got))
for row, (expected, actual) in enumerate(zip(wanted, got)):
    same(f"recommendation {row}", expected, actual)
got = list(zip(customers.index.astype(str), customers["items"], customers["fired"], customers["recommended"]))
same("customers", len(of_customers), len(got))
for expected, actual in zip(of_customers, got):
    same("customer", expected, actual)

same("customers with a habit", len(of_habits), len(habits))
for (customer, row), (index, habit) in zip(of_habits, habits.iterrows()):
    expected = (customer, "otherwise" if row is None else ", ".join(items_of[row]))
    same("habit", expected, (str(index), habit["group"]))
    if row is not None:
        same("habit's set", (row, len(items_of[row]), lift(row)), (habit["itemset"], habit["size"], habit["lift"]))
for place, (_, group) in enumerate(counted.iterrows()):
    row = strongest[place] if place < len(strongest) else None
    members = sum(1 for _, of in of_habits if of == row)
    same("group", (members, members / len(of_habits)), (group["customers"], group["share"]))
same("groups", len(strongest) + 1, len(counted))
finish(f"{len(wanted)} recommendations, {len(strongest)} groups")
