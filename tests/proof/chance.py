#!/usr/bin/env python3
"""Calls about files fail by chance, as libfiu has it, while somebody asks, goes
on, renames and lists. What was acknowledged is there afterwards, once, and
nothing counts as damaged. Wants fiu-run (Debian: fiu-utils).
"""
import json
import random
import shutil
import sys
import time

import bed
from bed import Broken

CALLS = ["posix/io/*", "posix/io/rw/*", "posix/io/sync/*", "posix/io/dir/*",
         "posix/io/oc/open"]
PERCENT = [1, 3, 10]


def one(home, chance, n):
    """One run with faults; returns the question when it was said to be saved,
    and whether it failed."""
    text = bed.unique(n, chance.choice([0, 0, 3000]))
    words = chance.choice([["--json", "ask", text],
                           ["--json", "-c", "ask", text],
                           ["rename", "--last", text[:15]], ["list"]])
    name = "enable_random name=%s,probability=%.2f" % (
        chance.choice(CALLS), chance.choice(PERCENT) / 100)
    plain = home.tools.program
    home.tools.program = "fiu-run"
    try:
        result = home.run("-x", "-c", name, plain, *words)
    finally:
        home.tools.program = plain
    if result.code < 0:
        raise Broken("%s, %s: %s" % (name, words, result))
    if result.code != 0:
        return None, True
    if "ask" not in words:
        return None, False
    # Not by the warning on standard error, which may have failed as well.
    try:
        saved = json.loads(result.out)["saved"]
    except ValueError as e:
        raise Broken("half an answer and exit 0, %s, %s: %s" % (
            name, words, result)) from e
    return text if saved else None, not saved


def run(tools, folder, args):
    if shutil.which("fiu-run") is None:
        return "skipped: no fiu-run (Debian: fiu-utils)"
    server = bed.Server(tools, folder)
    home = bed.Home(tools, folder + "/home", server)
    chance = random.Random(args.seed)
    end = time.monotonic() + (args.seconds if args.long else 5)
    saved, failed, n = [], 0, 0
    try:
        if home.ask("the first").code != 0:
            raise Broken("cannot begin")
        while time.monotonic() < end:
            text, fault = one(home, chance, n)
            home.list()
            n += 1
            failed += fault
            if text is not None:
                saved.append(text)
        texts = [m[1] for messages in home.all().values() for m in messages
                 if m[0] == "user"]
        for text in saved:
            if texts.count(text) != 1:
                raise Broken("%.20s is there %d times" % (
                    text, texts.count(text)))
    finally:
        server.end()
    if args.long and (not saved or not failed):
        raise Broken("%d saved, %d failed: this saw nothing" % (
            len(saved), failed))
    return "%d runs, %d failed or said that nothing was saved, %d saved" % (
        n, failed, len(saved))


def options(parser):
    parser.add_argument("--seconds", type=int, default=300)


if __name__ == "__main__":
    sys.exit(bed.main(run, __doc__, options))
