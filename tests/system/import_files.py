"""Makes the files of import_files.sh, and tells what DuckDB, pandas and Python's own codecs and time zones make of them."""
import codecs
import datetime
import gzip
import os
import random
import sys
import urllib.parse
import zoneinfo

import duckdb
import pandas


def partitions():
    """sales/year=Y/shop=S/lines_N.csv.gz, shops with letters that a folder's name has to spell out."""
    draw = random.Random(5)
    shops = ["12", "Köln / Süd", "a=b", None]
    for year in (2024, 2025):
        for shop in shops:
            for number in range(2):
                name = "__HIVE_DEFAULT_PARTITION__" if shop is None else urllib.parse.quote(shop, safe="")
                folder = f"sales/year={year}/shop={name}"
                os.makedirs(folder, exist_ok=True)
                with gzip.open(f"{folder}/lines_{number}.csv.gz", "wt") as file:
                    file.write("item,quantity\n")
                    for _ in range(draw.randrange(1, 400)):
                        file.write(f"i{draw.randrange(50)},{draw.randrange(-3, 100)}\n")


def expected_partitions():
    rows = duckdb.sql("""
        select item, quantity, year, shop from read_csv('sales/*/*/*.csv.gz', hive_partitioning = true,
          hive_types = {'year': bigint, 'shop': varchar}) order by all""").fetchall()
    write_rows(rows)


def sorted_rows(path):
    """An export of ours, in DuckDB's order."""
    write_rows(duckdb.sql(f"""
        select item, quantity, year, shop from read_csv('{path}', header = true,
          types = {{'item': 'varchar', 'quantity': 'bigint', 'year': 'bigint', 'shop': 'varchar'}}) order by all""").fetchall())


def write_rows(rows):
    for row in rows:
        print("|".join("-" if value is None else str(value) for value in row))


texts = {"gb18030": ["中文", "𠀀 rare", "a,b", "€"], "utf-16": ["中文", "𝄞", "x\ny", "ÿþ"], "utf-16le": ["ﬀ", "中"], "utf-16be": ["ﬀ", "中"],
         "latin1": ["Köln", "½"], "windows-1252": ["Köln", "€5", "„quoted“"], "utf-8": ["Köln", "中"], "shift_jis": ["日本", "ｶﾅ"]}


def encodings():
    """<encoding>.csv and .csv.gz, and what a table of them exports as, in UTF-8."""
    for name, some in texts.items():
        rows = [some[i % len(some)] + str(i) for i in range(20000)]
        frame = pandas.DataFrame({"näme" if name != "shift_jis" else "name": rows, "n": range(20000)})
        text = frame.to_csv(index=False)
        data = codecs.BOM_UTF16_BE + text.encode("utf-16-be") if name == "utf-16" else text.encode(name)
        if name == "utf-8":
            data = codecs.BOM_UTF8 + data
        open(f"{name}.csv", "wb").write(data)
        open(f"{name}.csv.gz", "wb").write(gzip.compress(data))
        open(f"{name}.expected", "w").write(pandas.read_csv(f"{name}.csv", encoding=name if name != "utf-8" else "utf-8-sig")
                                            .set_axis(["name", "n"], axis=1).to_csv(index=False))


def times():
    """Every half hour of the days on which clocks change in two zones, and the UTC times that Python has: the earlier of two, and
    none for those that were skipped (which do not come back from UTC as they were)."""
    zones = {"Europe/London": ["2024-03-31", "2024-10-27"], "America/New_York": ["2024-03-10", "2024-11-03"]}
    for zone, days in zones.items():
        with open(zone.split("/")[1] + ".csv", "w") as file, open(zone.split("/")[1] + ".expected", "w") as expected:
            file.write("local,t\n")
            expected.write("local,t\n")
            for day in days:
                for half in range(48):
                    local = datetime.datetime.fromisoformat(day) + datetime.timedelta(minutes=30 * half)
                    file.write(f"{local.isoformat()},{local.isoformat()}\n")
                    utc = local.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=0).astimezone(datetime.timezone.utc)
                    if utc.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None) == local:
                        expected.write(f"{local.isoformat()},{utc.isoformat()[:19]}Z\n")


globals()[sys.argv[1]](*sys.argv[2:])
