"""Rules by their definitions, from the table of sets alone: python rules.py OUTPUT SETS RULES CONFIDENCE; or lines: python rules.py --lines FILE."""
import itertools
import math
import random
import sys


def write_lines(path):
    """400 baskets of 12 items that come in three groups."""
    random.seed(6)
    with open(path, "w") as file:
        file.write("basket,item\n")
        for basket in range(400):
            group = random.randrange(3)
            for item in range(12):
                if random.random() < (0.65 if item % 3 == group else 0.2):
                    file.write(f"{basket},{'bread milk beer eggs tea salt jam oil rice corn fish nuts'.split()[item]}\n")


def expected(sets, confidence):
    """(items of the antecedent, items of the consequent) -> row of the set and the five measures."""
    items = []
    for item, rest in zip(sets["item"], sets["rest"]):
        items.append(frozenset([item]) | (frozenset() if rest is None else items[rest]))
    counts = dict(zip(items, sets["count"]))
    baskets = round(sets["count"][0] / sets["support"][0])
    rules = {}
    for row, whole in enumerate(items):
        for size in range(1, len(whole)):
            for consequent in map(frozenset, itertools.combinations(whole, size)):
                antecedent = whole - consequent
                both, x, y = (counts[s] / baskets for s in (whole, antecedent, consequent))
                if counts[whole] < confidence * counts[antecedent] - 1e-9:
                    continue
                certain = counts[whole] == counts[antecedent]
                conviction = math.inf if certain else (1 - y) / (1 - both / x)
                rules[antecedent, consequent] = (row, both, both / x, both / (x * y), both - x * y, conviction)
    return items, rules


def check(output, sets_name, rules_name, confidence):
    import anndata
    import h5py

    with h5py.File(output) as file:
        sets = anndata.io.read_elem(file[sets_name])
        rules = anndata.io.read_elem(file[rules_name])
    columns = {name: sets[name].tolist() for name in ("count", "support", "item")}
    columns["rest"] = [None if missing else int(value) for value, missing in zip(sets["rest"].fillna(-1), sets["rest"].isna())]
    items, right = expected(columns, confidence)
    names = [set(text.split(", ")) for text in sets["items"]]
    assert names == [set(map(str, s)) for s in items], "items are not those of the tree"
    seen = set()
    places = []
    for rule in rules.itertuples(index=False):
        antecedent, consequent = items[rule.antecedent_set], items[rule.consequent_set]
        row, *measures = right[antecedent, consequent]
        assert rule.itemset == row and rule.count == columns["count"][row], rule
        assert (rule.antecedent, rule.consequent) == (sets["items"].iloc[rule.antecedent_set], sets["items"].iloc[rule.consequent_set])
        for value, of_rule in zip(measures, (rule.support, rule.confidence, rule.lift, rule.leverage, rule.conviction)):
            assert math.isclose(value, of_rule, rel_tol=1e-9, abs_tol=1e-12), (rule, measures)
        seen.add((antecedent, consequent))
        places.append((rule.itemset, rule.consequent_set))
    assert seen == set(right), f"{len(seen)} rules, and {len(right)} by definition"
    assert places == sorted(places), "rules do not stand in their order"
    single = sum(len(consequent) == 1 for _, consequent in seen)
    print(len(sets), len(rules), single)


if sys.argv[1] == "--lines":
    write_lines(sys.argv[2])
else:
    check(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
