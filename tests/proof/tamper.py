#!/usr/bin/env python3
"""Saved files are changed behind the program's back: each bit flipped, cut at
each length, records and segments left out, repeated, exchanged and moved
between conversations, single files and the whole vault put back to an older
state, formats of later versions.

Whatever is done, the program ends with 14 and says so, or shows exactly what
was saved; it never shows a text that was not. A flip costs one record at most.
"""
import os
import random
import shutil
import struct

import bed
from bed import Broken

FIRST = 512
SYNC = bytes.fromhex("52a7d11e")


class Sample:
    """A home with one conversation of a few records, and another."""

    def __init__(self, tools, folder, server):
        self.home = bed.Home(tools, folder, server)
        self.texts = ["first words", "second words", "third words"]
        self.home.must(*bed.QUIET, "ask", "of another conversation")
        other = self.home.segments()[0]
        for i, text in enumerate(self.texts):
            self.home.must(*bed.QUIET, *(["-c"] if i else []), "ask", text)
        self.path, = [s for s in self.home.segments() if s != other]
        self.other = other
        self.conv = os.path.basename(self.path).split(".")[0]
        self.good = read(self.path)
        self.said = self.home.show(self.conv)
        if len(self.said) != 6:
            raise Broken("the sample is %s" % self.said)

    def put(self, content, path=None):
        with open(path or self.path, "wb") as f:
            f.write(content)

    def look(self, what, lost=None, least=0):
        """Shows it. `lost` None: it may or may not be noticed; True: it has to
        be. At least so many messages have to be left. Returns whether it was
        noticed."""
        result = self.home.run("show", self.conv, "--json")
        try:
            if result.code not in (0, 14):
                raise Broken("an unexpected end")
            if result.code == 14 and not bed.damage(result.err):
                raise Broken("damage without a word")
            shown = bed.messages(result.out)
            left = [m for m in self.said if m in shown]
            if [m for m in shown if m not in self.said]:
                raise Broken("it shows what was never saved")
            if shown != left:
                raise Broken("it shows messages twice or in another order")
            if result.code == 0 and left != self.said:
                raise Broken("messages are missing without a word")
            if len(left) < least:
                raise Broken("%d of %d messages are left" % (
                    len(left), len(self.said)))
            if lost is not None and lost != (result.code == 14):
                raise Broken("it was not noticed" if lost
                             else "damage where there is none")
        except Broken as e:
            raise Broken("%s: %s: %s" % (what, e, result)) from e
        return result.code == 14


def read(path):
    with open(path, "rb") as f:
        return f.read()


def records(content):
    """The offsets of records and the end."""
    at, out = FIRST, []
    while at < len(content):
        if content[at:at + 4] != SYNC:
            raise Broken("no record at %d" % at)
        out.append(at)
        at += 64 + struct.unpack("<I", content[at + 4:at + 8])[0]
    return out + [at]


def flips(sample, rng, every):
    """Bits of the segment."""
    noticed = n = 0
    ends = records(sample.good)[1:]
    bits = range(8 * len(sample.good))
    for bit in bits if every == 1 else sorted(
            rng.sample(bits, len(bits) // every)):
        bad = bytearray(sample.good)
        bad[bit // 8] ^= 1 << bit % 8
        sample.put(bad)
        # One of both headers is enough, and the sum at the end of a record
        # is for whoever has no key.
        silent = bit // 8 < FIRST or any(
            end - 8 <= bit // 8 < end for end in ends)
        noticed += sample.look("bit %d" % bit, not silent, 5)
        n += 1
    sample.put(sample.good)
    return "%d flips, %d noticed" % (n, noticed)


def cuts(sample, rng, every):
    """Lengths of the segment. The index knows how far it had come."""
    sizes = range(len(sample.good))
    for size in sizes if every == 1 else sorted(
            rng.sample(sizes, len(sizes) // every)
            + records(sample.good)[:-1]):
        sample.put(sample.good[:size])
        sample.look("cut to %d" % size, True)
    sample.put(sample.good)
    return "%d cuts" % len(sizes)


def tails(sample, rng, every):
    """What an append leaves that was interrupted is no damage."""
    n = 0
    for tail in [bytes(8), bytes(4096), rng.randbytes(5), rng.randbytes(400),
                 sample.good[-400:][:200], SYNC]:
        sample.put(sample.good + tail)
        sample.look("a tail of %d bytes" % len(tail), False, 6)
        n += 1
    sample.put(sample.good)
    return "%d tails" % n


def exchanged(sample, rng, every):
    """Records left out, repeated and exchanged, and those of another
    conversation."""
    at = records(sample.good)
    parts = [sample.good[a:b] for a, b in zip(at, at[1:])]
    head = sample.good[:FIRST]
    foreign = read(sample.other)
    stranger = records(foreign)
    guest = foreign[stranger[0]:stranger[1]]
    n = 0
    for i in range(len(parts)):
        changed = {
            "record %d left out": parts[:i] + parts[i + 1:],
            "record %d twice": parts[:i + 1] + parts[i:],
            "record %d of another conversation":
                parts[:i] + [guest] + parts[i + 1:],
            "after record %d one of another conversation":
                parts[:i + 1] + [guest] + parts[i + 1:],
        }
        if i + 1 < len(parts):
            changed["record %d behind the next"] = (
                parts[:i] + [parts[i + 1], parts[i]] + parts[i + 2:])
        for what, order in changed.items():
            sample.put(head + b"".join(order))
            sample.look(what % i, True)
            n += 1
    sample.put(foreign)
    sample.look("the file of another conversation", True)
    sample.put(foreign[:FIRST] + sample.good[FIRST:])
    sample.look("the header of another conversation", True)
    sample.put(head + bytes(len(sample.good) - FIRST))
    sample.look("zeroes", True)
    sample.put(sample.good)
    return "%d exchanges" % (n + 3)


def segments(sample, rng, every):
    """Files removed, under other names, and back again."""
    folder = os.path.dirname(sample.path)
    aside = sample.home.path + "/tmp/aside"
    os.rename(sample.path, aside)
    result = sample.home.run("show", sample.conv)
    if result.code == 0 or sample.said[0][1].encode() in result.out or \
            b"gone" not in result.err:
        raise Broken("a removed file: %s" % result)
    os.rename(aside, sample.path)
    sample.look("a file that was away", False, 6)
    # The same segment once more, as the next of its conversation.
    shutil.copy(sample.path, sample.path.replace(".0000.", ".0001."))
    sample.look("the segment twice", True, 6)
    os.unlink(sample.path.replace(".0000.", ".0001."))
    # As a conversation of its own.
    stranger = os.path.basename(sample.path).replace(
        sample.conv, sample.conv[:2] + "0" * 30)
    shutil.copy(sample.path, folder + "/" + stranger)
    result = sample.home.run("show", sample.conv[:2] + "0" * 30, "--json")
    if result.code == 0 or b"first words" in result.out:
        raise Broken("a copy under another name is read: %s" % result)
    os.unlink(folder + "/" + stranger)
    sample.home.run("list")
    return "3 changes of files"


def rollback(sample, rng, every):
    """An older state of one file, of the vault, and of the index."""
    home = sample.home
    older = read(sample.path)
    vault = {p: read(p) for p in home.files(home.vault)
             if os.path.basename(p).startswith("vault.atv")}
    index, = [p for p in home.files(home.path + "/state")
              if p.endswith("index.ati")]
    old_index = read(index)
    home.must(*bed.QUIET, "-r" + sample.conv, "ask", "a fourth")
    sample.said = home.show(sample.conv)
    newer = read(sample.path)
    sample.put(older)
    sample.look("an older state of the file", True, 6)
    sample.put(newer)
    sample.look("the newer one again", False, 8)
    # An old index knows less, which is no damage.
    sample.put(old_index, index)
    sample.look("an older index", False, 8)
    os.unlink(index)
    home.run("list")
    sample.look("without an index", False, 8)
    home.must("key", "add", "recovery", "-q")
    changed = {p: read(p) for p in vault}
    for path, content in vault.items():
        sample.put(content, path)
    result = home.run("list")
    if result.code in (0, 2) or not result.err:
        raise Broken("an older vault is taken: %s" % result)
    code = result.code
    for path, content in changed.items():
        sample.put(content, path)
    home.must("list")
    sample.look("the present vault again", False, 8)
    return "an older vault ends with %d" % code


def versions(sample, rng, every):
    """Formats of later versions are refused, and nothing is written."""
    home = sample.home
    bad = bytearray(sample.good)
    for copy in (0, 256):
        bad[copy + 8:copy + 10] = struct.pack("<H", 2)
    sample.put(bad)
    result = home.run("show", sample.conv)
    if result.code in (0, 2) or b"format 2" not in result.err:
        raise Broken("a segment of format 2: %s" % result)
    if home.run(*bed.QUIET, "-r" + sample.conv, "ask", "more").code == 0:
        raise Broken("a segment of format 2 is written to")
    if read(sample.path) != bad:
        raise Broken("a segment of format 2 was changed")
    sample.put(sample.good)
    names = [home.vault + "/vault.atv", home.vault + "/vault.atv.bak"]
    good = [read(name) for name in names]
    for major in (2, 0):
        for name, content in zip(names, good):
            content = bytearray(content)
            content[8:10] = struct.pack("<H", major)
            content[4064:] = bed.blake2b(content[:4064])
            sample.put(content, name)
        before = {p: read(p) for p in home.files(home.vault)}
        result = home.run("list")
        if result.code in (0, 2) or not result.err:
            raise Broken("a vault of format %d: %s" % (major, result))
        if {p: read(p) for p in home.files(home.vault)} != before:
            raise Broken("with a vault of format %d something is written"
                         % major)
    for name, content in zip(names, good):
        sample.put(content, name)
    sample.look("all as it was", False)
    return "3 other formats"


def keys(sample, rng, every):
    """Wrong and missing keys open nothing and write nothing."""
    home = sample.home
    key = home.path + "/config/atllama/key"
    good = read(key)
    n = 0
    for what, content in {
            "another key": b"0" * 63 + b"1\n", "a short key": b"00\n",
            "an empty key": b"", "raw bytes": bytes(32),
            "no key": None}.items():
        before = {p: read(p) for p in home.files(home.vault)}
        if content is None:
            os.unlink(key)
        else:
            sample.put(content, key)
        for args in (["list"], [*bed.QUIET, "ask", "a question"]):
            result = home.run(*args)
            if result.code not in (13, 14) or not result.err:
                raise Broken("%s: %s" % (what, result))
            n += 1
        if {p: read(p) for p in home.files(home.vault)} != before:
            raise Broken("%s: something was written" % what)
        if content is None and os.path.exists(key):
            raise Broken("a new key was made")
        sample.put(good, key)
        os.chmod(key, 0o600)
    os.chmod(key, 0o644)
    result = home.run("list")
    if result.code == 0 or b"others" not in result.err:
        raise Broken("a key that others may read: %s" % result)
    os.chmod(key, 0o600)
    sample.look("the right key again", False)
    return "%d wrong keys" % n


def vault_bits(sample, rng, every):
    """Bits of both copies of the vault."""
    home = sample.home
    names = [home.vault + "/vault.atv", home.vault + "/vault.atv.bak"]
    good = read(names[0])
    n = 0
    for bit in rng.sample(range(8 * len(good)), 4096 // every):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        sample.put(bad, names[0])
        result = home.run("list")
        if result.code != 0 or read(names[0]) != good:
            raise Broken("bit %d of the vault: %s" % (bit, result))
        for name in names:
            sample.put(bad, name)
        result = home.run("list")
        if result.code not in (1, 13, 14) or not result.err:
            raise Broken("bit %d of both copies: %s" % (bit, result))
        for name in names:
            sample.put(good, name)
        n += 1
    sample.look("the vault as it was", False)
    return "%d bits of the vault" % n


def index_bits(sample, rng, every):
    """Bits and lengths of the index: nothing is lost."""
    home = sample.home
    path, = [p for p in home.files(home.path + "/state")
             if p.endswith("index.ati")]
    good = read(path)
    rows = home.list()
    n = 0
    for i in range(2048 // every):
        bad = bytearray(good)
        if i % 4 == 0:
            bad = bad[:rng.randrange(len(bad))]
        else:
            bit = rng.randrange(8 * len(bad))
            bad[bit // 8] ^= 1 << bit % 8
        sample.put(bad, path)
        now = home.list()
        if now != rows:
            raise Broken("change %d of the index: %s" % (i, now))
        sample.put(good, path)
        n += 1
    return "%d changes of the index" % n


PARTS = [flips, cuts, tails, exchanged, segments, versions, keys, vault_bits,
         index_bits, rollback]


def options(parser):
    parser.add_argument("--part", default="")


def run(tools, folder, args):
    server = bed.Server(tools, folder)
    rng = random.Random(args.seed)
    seen = []
    try:
        for part in PARTS:
            if args.part and args.part != part.__name__:
                continue
            path = folder + "/" + part.__name__
            sample = Sample(tools, path, server)
            every = 1 if args.long else {flips: 256, cuts: 64}.get(part, 64)
            seen.append(part(sample, rng, every))
            shutil.rmtree(path)
    finally:
        server.end()
    return "\n".join(seen)


if __name__ == "__main__":
    import sys
    sys.exit(bed.main(run, __doc__, options))
