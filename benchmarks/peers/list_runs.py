"""What the comparisons of lists share, neighbours.py and recommend.py: ours as 2 threads and as 2 ranks beside implicit."""
import argparse
import sys
import tempfile
from pathlib import Path

import rating_files
from peer_runs import DATA, FULLBASE, THREADS, Method, Rows, bring_into_cache, ours, run_all


def compare_lists(kind, lists_of, peer, length, made_of, compared):
    """`lists_of`: whose they are, in words. `peer`: implicit's script; it and ours are run with a folder of ratings, what
    made_of(folder) returns, THREADS and where lists of `length` go. `compared`: what there is to say of (ids, scores) of ours and
    implicit's."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600, help="seconds after which somebody is stopped")
    parser.add_argument("--quick", action="store_true", help="small data, one run: whether all of it works")
    given = parser.parse_args()
    runs = 1 if given.quick else given.runs
    folder = rating_files.ratings(*((4_000, 1_000) if given.quick else (200_000, 20_000)))
    arguments = made_of(folder)
    bring_into_cache(folder, *(path.parent for path in arguments if isinstance(path, Path)))
    driver = Path(FULLBASE).with_name(f"peer_{kind}")
    with tempfile.TemporaryDirectory(dir=DATA) as out:
        out = Path(out).resolve()
        own = [ours(name, ranks, [driver, folder, *arguments, threads, out / name.replace(" ", "-")])
               for name, ranks, threads in (("2 threads", 1, THREADS), ("2 ranks", THREADS, 1))]
        implicit = Method("implicit", [sys.executable, "-W", "ignore", "-c", peer, Path(__file__).parent, folder, *arguments, THREADS, out / "implicit"])
        standing = run_all(kind, [*own, implicit], own, runs, given.limit)
        seconds = {method.name: method.median(lambda printed: printed["seconds"]) for method in standing}
        expected = rating_files.read_lists(out / "implicit", length)
        rows = Rows()
        for method in own:
            found = rating_files.read_lists(out / method.name.replace(" ", "-"), length)
            if found[1].shape != expected[1].shape:
                sys.exit(f"{method.name} has lists of {found[1].shape[0]} {lists_of}, implicit of {expected[1].shape[0]}")
            rows.row(f"{len(expected[1]):,} {lists_of}, {method.name}", method.median(lambda printed: printed["seconds"]), seconds,
                     f"{compared(found, expected)}; {method.printed[0]['bytes_sent'] / 1e6:.0f} MB sent")
        rows.end()
