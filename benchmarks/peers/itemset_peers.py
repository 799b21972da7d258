"""Miners that people use instead: what each runs in a process of its own, from a file of baskets to a file of sets.

Arguments of the process: source, target, delimiter ("": blanks), the least count. It prints the seconds from the opening of the
source to the sets on disk, synchronised (what was imported before is left out of them), and the process's peak memory in KiB. The garbage collector is off (reading two
million baskets takes four times as long with it) and each item's text stands in memory once, which is what PyFIM likes best.
"""

READ = """
import gc, os, sys, time
gc.disable()
source, target, delimiter, least = sys.argv[1], sys.argv[2], sys.argv[3] or None, int(sys.argv[4])
separator = delimiter or " "

def read():
    intern = sys.intern
    with open(source) as file:
        return [list(map(intern, line.rstrip("\\n").split(delimiter))) for line in file]

def write(sets):
    with open(target, "w") as file:
        file.writelines(f"{separator.join(items)} ({count})\\n" for items, count in sets)
        file.flush()
        os.fsync(file.fileno())

def report(begin):
    with open("/proc/self/status") as status:
        peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    print(time.perf_counter() - begin, peak)
"""

PYFIM = READ + """
import fim
begin = time.perf_counter()
write(fim.{algorithm}(read(), target="s", supp=-least, report="a"))
report(begin)
"""

# mlxtend makes a dense matrix of all items, as its documentation shows. Where that would take more than a GiB it is given the frequent
# items alone, so that it has a chance. What it allocates ends where the machine's free memory does.
MLXTEND = READ + """
import resource
from collections import Counter
from itertools import chain
import pandas
from mlxtend.frequent_patterns import {algorithm}
from mlxtend.preprocessing import TransactionEncoder
with open("/proc/meminfo") as memory:
    free = next(1024 * int(line.split()[1]) for line in memory if line.startswith("MemAvailable"))
resource.setrlimit(resource.RLIMIT_AS, (free, free))
begin = time.perf_counter()
baskets = read()
counts = Counter(chain.from_iterable(baskets))
rows = len(baskets)
if rows * len(counts) > 2**30:
    baskets = [[item for item in basket if counts[item] >= least] for basket in baskets]
encoder = TransactionEncoder().fit(baskets)
frame = pandas.DataFrame(encoder.transform(baskets), columns=encoder.columns_)
del baskets
sets = {algorithm}(frame, min_support=(least - 0.5) / rows, use_colnames=True)
write((items, round(support * rows)) for items, support in zip(sets["itemsets"], sets["support"]))
report(begin)
"""

SPARK = """
import sys, time
source, target, delimiter, least = sys.argv[1], sys.argv[2], sys.argv[3] or " ", int(sys.argv[4])
from pyspark.ml.fpm import FPGrowth
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
spark = (SparkSession.builder.master("local[{threads}]").config("spark.ui.enabled", "false").config("spark.driver.memory", "8g")
         .config("spark.sql.files.maxPartitionBytes", "16m").config("spark.log.level", "ERROR").getOrCreate())
begin = time.perf_counter()
baskets = spark.read.text(source).select(f.split("value", delimiter).alias("items"))
rows = baskets.count()
model = FPGrowth(minSupport=(least - 0.5) / rows).fit(baskets)
model.freqItemsets.select(f.concat(f.concat_ws(delimiter, "items"), f.lit(" ("), f.col("freq"), f.lit(")"))).write.text(target)
print(time.perf_counter() - begin, 0)
spark.stop()
"""


def peers(threads, spark):
    """Name -> Python."""
    code = {f"PyFIM {algorithm}": PYFIM.replace("{algorithm}", algorithm) for algorithm in ("apriori", "eclat", "fpgrowth")}
    code.update({f"mlxtend {algorithm}": MLXTEND.replace("{algorithm}", algorithm) for algorithm in ("fpgrowth", "apriori")})
    if spark:
        code["Spark"] = SPARK.replace("{threads}", str(threads))
    return code
