"""Flips single bits in what fullbase has written, and says what it then does wrong. usage: flips.py KIND FLIPS [EXPECTED_DIGEST] in the test's folder

KIND: output, store: verify must fail, with one message, and, where the data is read by a run, a run must stop with the place or have the right bits.
      work: a run that goes on from the flipped leftovers must say what is damaged and have the right bits, and verify must fail on the folder.
Each flip is undone. Prints what went wrong, then how many flips there were and what was seen of them."""
import glob
import os
import random
import re
import shutil
import subprocess
import sys

FULLBASE = os.environ["FULLBASE"]
BLOCK = re.compile(r"store/lines-\d+\.h5:/(rows|rejects)\.\w+: block \d+ \(rows \d+ to \d+\) is damaged: it does not match its checksum")
RUN = ["run", "job.yaml", "--quiet"]


def fullbase(*arguments):
    done = subprocess.run([FULLBASE, *arguments], capture_output=True, text=True, timeout=60)  # messages are UTF-8, or this throws
    return done.returncode, done.stdout, done.stderr


def flip(path, at, bit):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


class Flips:
    def __init__(self, files, number, seed):
        self.files = sorted(files)
        self.number = number
        self.random = random.Random(seed)
        self.seen = {}
        self.wrong = 0

    def __iter__(self):
        # Every file in turn, however small it is.
        for i in range(self.number):
            path = self.files[i % len(self.files)]
            self.place = (path, self.random.randrange(os.path.getsize(path)), self.random.randrange(8))
            yield self.place

    def require(self, holds, what, *shown):
        if not holds:
            self.wrong += 1
            print("WRONG: bit %d of byte %d of %s: %s" % (self.place[2], self.place[1], self.place[0], what), *shown, sep="\n    ")

    def count(self, what):
        self.seen[what] = self.seen.get(what, 0) + 1

    def finish(self):
        print("%d flips in %d files:" % (self.number, len(self.files)), ", ".join("%d %s" % (n, what) for what, n in sorted(self.seen.items())))
        print("%d wrong" % self.wrong)
        sys.exit(self.wrong > 0)


def messages(stderr):
    return sum(line.startswith("fullbase: ") and not line.startswith("fullbase: warning") for line in stderr.splitlines())


def verify_notices(flips, path):
    code, out, err = fullbase("verify", path)
    flips.require(code == 65, "verify ends with %d" % code, out, err)
    flips.require(messages(err) == 1, "verify has not one message", err)
    return out


def output(number):
    flips = Flips(["out/result.h5", "out/result.h5.run.json"], number, 1)
    for place in flips:
        flip(*place)
        out = verify_notices(flips, "out/result.h5")
        flips.count("within blocks" if "block " in out else "elsewhere")
        flip(*place)
    return flips


def store(number, expected):
    flips = Flips(glob.glob("store/*.h5") + ["store/manifest.json"], number, 2)
    for place in flips:
        flip(*place)
        out = verify_notices(flips, "store")
        code, _, err = fullbase(*RUN, "--set", "output.file=fresh/result.h5", "--set", "import={}")
        if code == 0:
            digest = fullbase("digest", "fresh/result.h5")[1]
            flips.require(digest == expected, "a run has other results", digest)
            flips.count("that no run reads")
        else:
            flips.require(code == 65, "a run ends with %d" % code, err)
            flips.require(messages(err) == 1, "a run has not one message", err)
            flips.require("store/" in err, "the message names no file of the store", err)
            flips.require("block " not in out or BLOCK.search(err), "the message names no table, column and block", err)
            flips.require(not os.path.exists("fresh/result.h5"), "an output of damaged data was published")
            flips.count("of which a run names the block" if BLOCK.search(err) else "that a run is stopped by")
        shutil.rmtree("fresh", ignore_errors=True)
        flip(*place)
    return flips


def work(number, expected):
    """`left` is the work folder that a broken-off run left."""
    flips = Flips([path for path in glob.glob("left/*/**", recursive=True) if os.path.isfile(path)], number, 3)
    for path, at, bit in flips:
        shutil.rmtree("out", ignore_errors=True)
        shutil.copytree("left", "out/result.h5.work")
        flip(os.path.join("out/result.h5.work", os.path.relpath(path, "left")), at, bit)
        verify_notices(flips, "out/result.h5.work")
        code, _, err = fullbase("run", "job.yaml")
        flips.require(code == 0, "a run ends with %d" % code, err)
        flips.require("is not what it was when it was written" in err or "cannot be read" in err, "a run does not say what is damaged", err)
        digest = fullbase("digest", "out/result.h5")[1]
        flips.require(digest == expected, "a run has other results", digest)
        flips.count("in " + os.path.relpath(path, "left").split("/")[0])
    return flips


kind, number = sys.argv[1], int(sys.argv[2])
expected = sys.argv[3] + "\n" if len(sys.argv) > 3 else ""
(output(number) if kind == "output" else store(number, expected) if kind == "store" else work(number, expected)).finish()
