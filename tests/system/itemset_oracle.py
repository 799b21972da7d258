"""Frequent itemsets and association rules the short way: a bit a basket in Python's integers, every subset looked at."""
import csv
import gzip
import hashlib
from itertools import combinations


def groceries(path):
    with open(path) as file:
        return [line.rstrip("\n").split(",") for line in file]


def invoices(path):
    """Of Online Retail: the stock codes of each invoice's lines with a quantity and a price above 0."""
    baskets = {}
    with gzip.open(path, "rt") as file:
        for line in csv.DictReader(file):
            if int(line["Quantity"]) > 0 and float(line["UnitPrice"]) > 0:
                baskets.setdefault(line["InvoiceNo"], []).append(line["StockCode"])
    return list(baskets.values())


def frequent_sets(baskets, least):
    """{sorted items: how many baskets hold them}"""
    holders = {}
    for number, basket in enumerate(baskets):
        for item in basket:
            holders[item] = holders.get(item, 0) | 1 << number
    found = {}

    def extend(items, candidates):
        for position, (item, bits) in enumerate(candidates):
            found[tuple(sorted((*items, item)))] = bits.bit_count()
            both = ((other, bits & more) for other, more in candidates[position + 1:])
            extend((*items, item), [(other, more) for other, more in both if more.bit_count() >= least])

    frequent = [(item, bits) for item, bits in holders.items() if bits.bit_count() >= least]
    extend((), sorted(frequent, key=lambda pair: pair[1].bit_count()))
    return found


def fingerprint(sets):
    """SHA-256 of the lines "item,item (count)", sorted: what another miner's sets can be known by."""
    lines = sorted(f"{','.join(items)} ({count})\n" for items, count in sets.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def in_order(sets):
    """The sets as tuples of items from the rarest on, in the order of the table: items are numbered from the most frequent on, texts
    of equal counts by their bytes; sets compare number by number, and one comes before those that it begins."""
    singles = sorted((-count, items[0].encode(), items[0]) for items, count in sets.items() if len(items) == 1)
    number = {item: position for position, (_, _, item) in enumerate(singles)}
    name = [item for _, _, item in singles]
    return [tuple(name[n] for n in key) for key in sorted(tuple(sorted((number[item] for item in items), reverse=True)) for items in sets)]


def rules(sets, confidence):
    """{(antecedent, consequent): (count, that of the antecedent, that of the consequent)}, items sorted, for every way to cut a set in two."""
    found = {}
    for items, count in sets.items():
        for size in range(1, len(items)):
            for antecedent in combinations(items, size):
                if count >= confidence * sets[antecedent]:
                    consequent = tuple(item for item in items if item not in antecedent)
                    found[antecedent, consequent] = (count, sets[antecedent], sets[consequent])
    return found
