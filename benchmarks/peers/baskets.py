"""Baskets for comparisons of itemset miners, as FIMI text: a basket a line, its items as numbers with blanks between.

usage: python3 baskets.py sparse|dense|huge|ordinary PATH [BASKETS]

The standard library alone: the same seed gives the same file everywhere.
sparse: as IBM's Quest generator (Agrawal, Srikant 1994): baskets are filled with patterns, of which some items are left out, and with
items of a popularity law; 15,000 items, some 10 a basket. dense: 60 items of densities from 0.1 to 0.9 that go with one of eight kinds
of baskets. ordinary: 100,000 sparse baskets; huge: these, and thirty of 5,000 items among them.
"""
import itertools
import random
import sys

SPARSE_BASKETS, DENSE_BASKETS, ORDINARY_BASKETS = 2_000_000, 100_000, 100_000
ITEMS, PATTERNS, PATTERN_ITEMS, KINDS, DENSE_ITEMS = 15_000, 3_000, 5, 8, 60
HUGE_BASKETS, HUGE_ITEMS = 30, 5_000
AT_ONCE = 10_000


def poisson_weights(mean, most):
    """Cumulative, for random.choices of 0, 1, ..., most."""
    weights = [1.0]
    for k in range(1, most + 1):
        weights.append(weights[-1] * mean / k)
    return list(itertools.accumulate(weights))


def sparse(baskets, seed=6):
    """Lists of items, each once."""
    draw = random.Random(seed)
    popularity = list(itertools.accumulate((rank + 20) ** -0.9 for rank in range(ITEMS)))
    names = list(range(1, ITEMS + 1))
    draw.shuffle(names)  # an item's number says nothing of how often it is bought
    sizes = poisson_weights(PATTERN_ITEMS, 12)
    patterns = []
    for _ in range(PATTERNS):
        size = max(2, draw.choices(range(13), cum_weights=sizes)[0])
        patterns.append((draw.choices(names, cum_weights=popularity, k=size), draw.uniform(0.5, 0.95)))
    # Few patterns are in many baskets, most of them in few.
    weights = list(itertools.accumulate(draw.expovariate(1) ** 2 for _ in range(PATTERNS)))
    patterns_each, singles_each = poisson_weights(1.3, 6), poisson_weights(5.5, 25)
    chance = draw.random
    for first in range(0, baskets, AT_ONCE):
        count = min(AT_ONCE, baskets - first)
        how_many = draw.choices(range(7), cum_weights=patterns_each, k=count)
        singles = draw.choices(range(26), cum_weights=singles_each, k=count)
        drawn = iter(draw.choices(patterns, cum_weights=weights, k=sum(how_many)))
        items = iter(draw.choices(names, cum_weights=popularity, k=sum(singles) + count))
        for basket in range(count):
            chosen = dict.fromkeys(itertools.islice(items, singles[basket]))
            for members, kept in itertools.islice(drawn, how_many[basket]):
                for item in members:
                    if chance() < kept:
                        chosen[item] = None
            if not chosen:
                chosen[next(items)] = None
            yield list(chosen)


def dense(baskets, seed=6):
    draw = random.Random(seed)
    densities = [0.1 + 0.8 * item / (DENSE_ITEMS - 1) for item in range(DENSE_ITEMS)]
    draw.shuffle(densities)
    # In half of the kinds an item is likelier than elsewhere.
    chances = [[min(0.98, density * 1.25) if draw.random() < 0.5 else density * 0.75 for density in densities] for _ in range(KINDS)]
    weights = list(itertools.accumulate(range(1, KINDS + 1)))
    chance = draw.random
    for kind in draw.choices(chances, cum_weights=weights, k=baskets):
        yield [item for item, likely in enumerate(kind, 1) if chance() < likely] or [1]


def huge(baskets, seed=6):
    draw = random.Random(seed + 1)
    where = set(draw.sample(range(baskets), HUGE_BASKETS))
    for number, basket in enumerate(sparse(baskets, seed)):
        if number in where:
            yield draw.sample(range(1, ITEMS + 1), HUGE_ITEMS)
        yield basket


KINDS_OF_FILES = {"sparse": (sparse, SPARSE_BASKETS), "dense": (dense, DENSE_BASKETS), "ordinary": (sparse, ORDINARY_BASKETS),
                  "huge": (huge, ORDINARY_BASKETS)}


def write(baskets, path):
    """Any lists of items, as FIMI text where items are numbers."""
    with open(path, "w") as file:
        for basket in baskets:
            file.write(" ".join(map(str, basket)) + "\n")


def main():
    make, count = KINDS_OF_FILES[sys.argv[1]]
    write(make(int(sys.argv[3]) if len(sys.argv) > 3 else count), sys.argv[2])


if __name__ == "__main__":
    main()
