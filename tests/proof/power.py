#!/usr/bin/env python3
"""The power fails. What the program did to the disk is recorded, and the states
that the disk may be in after a failure at any moment are built and opened.

The disk that is assumed is a bad one. Of a file, what was written since its
last sync is there or not, each sector of 512 bytes for itself, and its size
may be that of any of the writes. Of a folder, names that were made, moved or
removed since the last sync of the folder are there or not, in order or each
for itself. The machine comes up with another boot id.

Some of the runs are killed on their way, and the next one goes on with what
they left. In some states the power fails once more while it goes on.

In each state: a question that left for the endpoint is there, and so is a reply
that was shown to its end; what was done before is there; nothing counts as
damaged, and nothing is in clear.
"""
import os
import random
import shutil

import bed
from bed import Broken

SECTOR = 512
ROUND = 1000  # states of one recording
VERIFIED = 0.3  # of them are verified as well
AGAIN = 0.1  # of them fail once more, and are looked at
AGAIN_STATES = 3  # so often
MARK = "in-the-clear-5d20"


class Inode:
    """A file: what is on the disk, and the writes that may be."""

    def __init__(self, content=b""):
        self.synced = content
        self.writes = []  # (offset, bytes) or (size, None)

    def sync(self):
        self.synced = self.apply(self.writes)
        self.writes = []

    def apply(self, writes):
        content = bytearray(self.synced)
        for at, data in writes:
            if data is None:
                del content[at:]
                content.extend(bytes(at - len(content)))
            else:
                content.extend(bytes(max(at + len(data) - len(content), 0)))
                content[at:at + len(data)] = data
        return bytes(content)

    def state(self, rng, how):
        """What may be there: all, nothing, or each sector for itself."""
        if how == "all":
            return self.apply(self.writes)
        if how == "none" or not self.writes:
            return self.synced
        full = self.apply(self.writes)
        sizes = [len(self.synced)] + [
            len(self.apply(self.writes[:i + 1]))
            for i in range(len(self.writes))]
        size = rng.choice(sizes)
        content = bytearray(self.synced[:size].ljust(size, b"\0"))
        touched = set()
        for at, data in self.writes:
            if data is not None:
                touched.update(range(at // SECTOR,
                                     (at + len(data) - 1) // SECTOR + 1))
        for sector in touched:
            if rng.random() < 0.5:
                a, b = sector * SECTOR, min((sector + 1) * SECTOR, size)
                if a < b:
                    content[a:b] = full[a:b].ljust(b - a, b"\0")
        return bytes(content)


class Disk:
    """What a trace of the shim did, call by call."""

    def __init__(self, root):
        self.root = root
        self.names = {}  # path: Inode
        self.folders = set()
        self.durable = {}  # names as they are on the disk
        self.durable_folders = set()
        self.pending = []  # (folder, path, Inode or None)
        self.fds = {}
        for folder, folders, names in os.walk(root):
            self.durable_folders.update(
                os.path.join(folder, name) for name in folders)
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    self.durable[path] = Inode(f.read())
        self.names = dict(self.durable)
        self.folders = set(self.durable_folders)

    def change(self, path, inode):
        self.pending.append((os.path.dirname(path), path, inode))
        if inode is None:
            self.names.pop(path, None)
        else:
            self.names[path] = inode

    def sync_folder(self, folder):
        for where, path, inode in self.pending:
            if where == folder:
                self.settle(self.durable, self.durable_folders, path, inode)
        self.pending = [p for p in self.pending if p[0] != folder]

    @staticmethod
    def settle(names, folders, path, inode):
        if inode == "folder":
            folders.add(path)
        elif inode is None:
            names.pop(path, None)
        else:
            names[path] = inode

    def do(self, pid, call, result, a, rest):
        fd = (pid, a)
        if call == "open":
            path = rest[0]
            new = self.names.get(path)
            if os.path.isdir(path) or path in self.folders:
                self.fds[(pid, result)] = path
                return
            if new is None:
                new = Inode()
                self.change(path, new)
            elif a & os.O_TRUNC and new.apply(new.writes):
                new.writes.append((0, None))
            self.fds[(pid, result)] = new
        elif call == "write":
            self.fds[fd].writes.append((int(rest[0]), bytes.fromhex(rest[1])))
        elif call == "size":
            self.fds[fd].writes.append((int(rest[0]), None))
        elif call == "sync":
            what = self.fds[fd]
            if isinstance(what, str):
                self.sync_folder(what)
            else:
                what.sync()
        elif call == "close":
            self.fds.pop(fd, None)
        elif call == "link":
            self.change(rest[1], self.names[rest[0]])
        elif call == "rename":
            inode = self.names[rest[0]]
            self.change(rest[1], inode)
            self.change(rest[0], None)
        elif call == "unlink":
            self.change(rest[0], None)
        elif call == "mkdir":
            self.folders.add(rest[0])
            self.pending.append((os.path.dirname(rest[0]), rest[0], "folder"))

    def write_state(self, to, rng, how):
        """Builds a state below the folder `to`."""
        names = dict(self.durable)
        folders = set(self.durable_folders)
        pending = self.pending
        if how == "none":
            pending = []
        elif how == "order":
            pending = pending[:rng.randint(0, len(pending))]
        elif how == "any":
            pending = [p for p in pending if rng.random() < 0.5]
        for _, path, inode in pending:
            self.settle(names, folders, path, inode)
        shutil.rmtree(to, ignore_errors=True)
        os.mkdir(to, 0o700)
        for path in sorted(folders):
            os.makedirs(to + path[len(self.root):], 0o700, exist_ok=True)
        content = {"all": "all", "none": "none"}.get(how, "some")
        done = {}
        for path, inode in names.items():
            where = to + path[len(self.root):]
            if not os.path.isdir(os.path.dirname(where)):
                continue  # its folder was lost
            if inode not in done:
                done[inode] = inode.state(rng, content)
            with open(where, "wb", opener=lambda p, f: os.open(p, f, 0o600)) \
                    as f:
                f.write(done[inode])


class Promise:
    """What has been acknowledged so far."""

    def __init__(self):
        self.questions = []
        self.replies = []
        self.title = None  # of the first conversation
        self.deleted = set()  # questions
        self.dying = None  # title of the last one that was deleted
        self.started = None

    def copy(self):
        other = Promise()
        other.__dict__.update(self.__dict__)
        other.questions = list(self.questions)
        return other


def steps():
    """What is recorded, run by run: arguments, and what its end promises, or
    how it is killed: "killed" anywhere, "newborn" when the index knows a new
    conversation and is not yet on the disk, "unnamed" when a new conversation
    has its name and the name is not yet on the disk. "closely" is looked at
    more."""
    yield ["ask", MARK + " one"], None
    yield ["-c", "ask", MARK + " two"], None
    yield ["-c", "ask", MARK + " three " + "x" * 3000], None
    yield ["rename", "--last", "the new title"], "title"
    yield ["ask", MARK + " four"], None
    yield ["key", "set", "somewhere"], "key"
    yield ["-c", "ask", MARK + " five"], None
    yield ["delete", "--yes", "the new title"], "deleted"
    yield ["ask", MARK + " six"], None
    yield ["delete", "--yes", MARK + " four"], "deleted"
    yield ["ask", MARK + " another"], None
    # The third of their notes goes over the edge of a sector.
    yield ["delete", "--yes", MARK + " six"], "deleted"
    yield ["key", "rotate", "--yes"], None
    yield ["-c", "ask", MARK + " seven"], None
    yield ["ask", MARK + " eight"], "newborn"
    yield ["-c", "ask", MARK + " nine " + "y" * 2000], "closely"
    yield ["ask", MARK + " before ten"], "unnamed"
    yield ["-c", "ask", MARK + " almost ten"], None
    yield ["ask", MARK + " ten"], "killed"
    yield ["-c", "ask", MARK + " eleven " + "z" * 2000], "killed"
    yield ["-c", "ask", MARK + " twelve " + "z" * 2000], None
    # In pieces, since it is longer than a record.
    yield ["-c", MARK + " thirteen " + "word " * 250 * 1000], "long"


STEPS = sum(1 for _ in steps())
KILLED = ("killed", "newborn", "unnamed")


def asks(args):
    return "ask" in args or args[0] == "-c"


def lines(path):
    with open(path, encoding="ascii") as f:
        for line in f:
            pid, call, result, a, *rest = line.split()
            yield int(pid), call, int(result), int(a), rest


class Moments:
    """How much a call is worth a look: of a long reply, which streams, there
    are many alike."""

    def __init__(self):
        self.live = {}

    def weight(self, pid, call, result, a, rest):
        if call in ("close", "send", "out"):
            return 0
        if call == "open":
            self.live[pid, result] = "/live/" in rest[0]
        return 0.05 if call == "write" and self.live[pid, a] else 1


def chance_of(trace, states):
    """For each of five ways to look, so that about so many are looked at."""
    moments = Moments()
    return min(states / 5 / sum(moments.weight(*line)
                                for line in lines(trace)), 1)


class Check:
    def __init__(self, tools, folder, server, seed, progress):
        self.tools = tools
        self.folder = folder
        os.mkdir(folder)
        self.server = server
        self.seed = seed
        self.rng = random.Random(seed)
        self.progress = progress
        self.boots = 0
        self.states = 0

    def open(self, disk, promise, how, again=False):
        """One state of the disk, opened; `again`: the second failure."""
        to = self.folder + ("/again" if again else "/state")
        disk.write_state(to, self.rng, how)
        home = bed.Home(self.tools, to, self.server)
        boot = to + "/tmp/boot"
        self.boots += 1
        with open(boot, "w", encoding="ascii") as f:
            f.write("%08x-0000-4000-8000-000000000000\n" % self.boots)
        home.env = home.shim(boot=boot)
        home.no_clear(MARK.encode())
        deleting = promise.started == "delete"
        rows = home.list(not deleting) if promise.questions else \
            self.first(home)
        for conv, row in list(rows.items()):
            # Its key may be gone already; deleting it again ends that.
            if row["damaged"]:
                if row["title"] not in (promise.dying, ""):
                    raise Broken("another one is damaged: %s" % row)
                home.must("delete", "--yes", conv)
                del rows[conv]
        texts = [m for conv in rows for m in home.show(conv)]
        users = [m[1] for m in texts if m[0] == "user"]
        replies = [m[1].rstrip("\n") for m in texts if m[0] == "assistant"]
        for question in promise.questions:
            if users.count(question) != 1 and not (
                    promise.deleted and question in promise.deleted):
                raise Broken("%.60s is there %d times"
                             % (question, users.count(question)))
        for reply in promise.replies:
            if reply not in replies and not (
                    promise.deleted and reply in promise.deleted):
                raise Broken("the reply %.60s is lost" % reply)
        if promise.deleted and promise.started != "delete" and \
                set(users) & set(promise.deleted):
            raise Broken("what was deleted is there again")
        if promise.title and not promise.deleted and promise.title not in [
                row["title"] for row in rows.values()]:
            raise Broken("the title is lost: %s" % rows)
        self.go_on(home, promise, len(rows), again)
        if self.rng.random() < VERIFIED:
            home.must("verify")
        self.states += 1
        self.progress.tell("--seed %d: %d states", self.seed, self.states)

    def go_on(self, home, promise, n, again):
        """One more question, and now and then another failure in it."""
        words = ["-c", "ask", "it goes on"] if n > 0 else ["ask", "it goes on"]
        if again or self.rng.random() >= AGAIN:
            result = home.run(*bed.QUIET, *words, env=home.env)
        else:
            disk = Disk(home.path)
            trace = self.folder + "/trace-again"
            result = home.run(*bed.QUIET, *words,
                              env=dict(home.env, SHIM_TRACE=trace))
            promise = promise.copy()
            follow(self, disk, promise, words, trace,
                   chance_of(trace, AGAIN_STATES), True)
            os.unlink(trace)
        if result.code != 0 or len(home.list()) != max(n, 1):
            raise Broken("it does not go on: %s" % result)

    @staticmethod
    def first(home):
        """Before anything was promised there may be no vault, or half."""
        if home.run("list", "--json").code != 0:
            return {}
        return home.list()


def killed_at(home, folder, args, what, rng):
    """The number of the call that the run is killed before; 0: none."""
    if what == "killed":
        return rng.randint(1, 60)
    if what not in KILLED:
        return 0
    trace = folder + "/trace-probe"
    for at in range(1, 100):
        # In its place: a home that has moved does more.
        before = home.copy(folder + "/before")
        home.run(*bed.QUIET, *args, env=home.shim(
            trace=trace, at=at, only="changes", how="KILL"))
        reached = is_newborn(trace) if what == "newborn" else \
            is_unnamed(trace)
        os.unlink(trace)
        shutil.rmtree(home.path)
        os.rename(before.path, home.path)
        if reached:
            return at
    raise Broken("no new conversation is ever %s" % what)


def is_newborn(trace):
    entries = [line for line in written(trace) if
               line[0].endswith("index.ati")]
    return entries and entries[-1][1] == "write"


def is_unnamed(trace):
    calls = list(lines(trace))
    return calls and calls[-1][1] == "link"


def written(trace):
    """Paths that were written or synced, as (path, call)."""
    paths = {}
    for _, call, result, a, rest in lines(trace):
        if call == "open":
            paths[result] = rest[0]
        elif call in ("write", "sync"):
            yield paths[a], call


def record(home, folder, rng):
    """The traces of all steps."""
    for i, (args, what) in enumerate(steps()):
        trace = "%s/trace%d" % (folder, i)
        at = killed_at(home, folder, args, what, rng)
        env = home.shim(trace=trace, at=at, only="changes", how="KILL")
        kept = set()
        if what == "deleted":
            rows = home.list()
            for conv, row in rows.items():
                if row["title"] == args[-1]:
                    kept = {m[1] for m in home.show(conv)}
        yield args, what, trace, env, kept


def follow(check, disk, promise, args, trace, chance, again=False):
    """Plays a trace onto the disk and looks at states on the way."""
    question = args[-1] if asks(args) else None
    moments = Moments()
    for line in lines(trace):
        pid, call, result, a, rest = line
        weight = moments.weight(*line)
        if call == "send" and question and \
                question[:60].encode() in bytes.fromhex("".join(rest[1:])):
            promise.questions.append(question)
            question = None
        if call in ("send", "out"):
            continue
        disk.do(pid, call, result, a, rest)
        for how in ("all", "none", "order", "any", "any"):
            if check.rng.random() < chance * weight:
                try:
                    check.open(disk, promise, how, again)
                except Broken as e:
                    raise Broken("%.60s, power lost after %s %s, names and "
                                 "bytes that were not synced: %s: %s" % (
                                     args, call, rest[:1], how, e)) from e


def remnant(home, text, records):
    """Of a question that was on its way, in so many records, single sectors
    are there: however often one looks, it is a remnant."""
    index, = [p for p in home.files(home.path + "/state")
              if p.endswith("index.ati")]
    home.must("-q", "ask", "all of this " + "y" * 2000)
    path = max(home.segments(), key=os.path.getmtime)
    with open(path, "rb") as f:
        before = f.read()
    with open(index, "rb") as f:
        old = f.read()
    home.must("-q", "-c", stdin=text.encode())
    with open(path, "rb") as f:
        after = bytearray(f.read())
    at = len(before)
    for _ in range(records):
        after[at + 600:at + 1112] = bytes(512)
        at += 64 + int.from_bytes(after[at + 4:at + 8], "little")
    with open(path, "wb") as f:
        f.write(after[:at])
    with open(index, "wb") as f:
        f.write(old)
    boot = home.path + "/tmp/boot"
    with open(boot, "w", encoding="ascii") as f:
        f.write("%08x-0000-4000-8000-000000000000\n" % records)
    home.env = home.shim(boot=boot)
    conv = os.path.basename(path).split(".")[0]
    for _ in range(3):
        home.list()
        if len(home.show(conv)) != 2:
            raise Broken("a remnant costs a message")
    home.must("-q", "-r" + conv, "ask", "goes on")
    if len(home.show(conv)) != 4:
        raise Broken("after a remnant it does not go on")


def options(parser):
    parser.add_argument("--states", type=int, default=60,
                        help="about so many")


def one_round(check, states):
    """All steps are recorded, and about so many states of them opened."""
    home = bed.Home(check.tools, check.folder + "/home", check.server)
    config = home.path + "/config/atllama"
    os.makedirs(config)
    with open(config + "/config", "w", encoding="ascii") as f:
        f.write("defaults { context = 2000000 }\n")
    disk = Disk(home.path)
    promise = Promise()
    for words, what, trace, env, kept in record(home, check.folder,
                                                check.rng):
        promise.started = words[0]
        if what == "deleted":
            promise.deleted = promise.deleted | kept
            promise.dying = words[-1]
        stdin = None
        if what == "key":
            stdin = b"sk-" + MARK.encode()
        elif what == "long":
            stdin = words[-1].encode()
        result = home.run(*(bed.QUIET if asks(words) else ["-q"]),
                          *words[:-1] if what == "long" else words,
                          env=env, stdin=stdin)
        if result.code != 0 and (what not in KILLED or result.code != -9):
            raise Broken("%.60s: %s" % (words, result))
        follow(check, disk, promise, words, trace,
               chance_of(trace, states / STEPS *
                         (10 if what == "closely" else 1)))
        promise.started = None
        if asks(words) and result.code == 0:
            promise.replies.append(result.out.decode().rstrip("\n"))
        if what == "title":
            promise.title = words[-1]
        for how in ("none", "order", "any"):
            try:
                check.open(disk, promise, how)
            except Broken as e:
                raise Broken("%.60s, power lost after its end, what was not "
                             "synced: %s: %s" % (words, how, e)) from e
    try:
        remnant(home, "and that " + "z" * 2000, 1)
        remnant(home, "and all that " + "word " * 250 * 1000, 2)
    except Broken as e:
        raise Broken("the remnant of a question: %s" % e) from e


def run(tools, folder, args):
    """Round by round, each with a home and a seed of its own, so that what
    was broken off can be gone on with at the next seed."""
    server = bed.Server(tools, folder)
    progress = bed.Progress(args)
    states = rounds = 0
    try:
        while states < args.states:
            check = Check(tools, "%s/%d" % (folder, rounds), server,
                          args.seed + rounds, progress)
            try:
                one_round(check, min(args.states - states, ROUND))
            except Broken as e:
                raise Broken("in the round of --seed %d: %s" % (
                    args.seed + rounds, e)) from e
            states += check.states
            rounds += 1
            if not args.keep:
                shutil.rmtree(check.folder)
    finally:
        server.end()
    return "%d states in %d rounds from --seed %d on" % (
        states, rounds, args.seed)


if __name__ == "__main__":
    import sys
    sys.exit(bed.main(run, __doc__, options))
