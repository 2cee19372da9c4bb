#!/usr/bin/env python3
"""Where things end: several writers, locks that are held, a full and a
read-only disk, files that may not grow, clocks that jump, and, in the long
form, a conversation of 100,000 messages and 10,000 conversations.

A disk of its own is a tmpfs, for which this has to run as root; without that,
or where mounting is forbidden, those parts are skipped, and that is said.
"""
import fcntl
import json
import os
import resource
import signal
import subprocess
import time

import bed
from bed import Broken

WRITERS = 8
EACH = 4


def must_have(home, conv, questions):
    """Each question once, each with its reply behind it."""
    messages = home.show(conv)
    users = [m[1] for m in messages if m[0] == "user"]
    if sorted(users) != sorted(questions):
        raise Broken("asked %d, saved %d: %s" % (
            len(questions), len(users), sorted(set(questions) ^ set(users))))


def writers(home, args):
    """Eight processes ask in one conversation, again and again."""
    home.must(*bed.QUIET, "ask", "the beginning")
    conv, = home.list()
    loop = "for i in $(seq %d); do \"$0\" -q -r%s ask writer $1 says $i " \
           "|| exit 1; done" % (EACH, conv)
    jobs = [subprocess.Popen(["sh", "-c", loop, home.tools.program, str(n)],
                             env=home.env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
            for n in range(WRITERS)]
    for job in jobs:
        err = job.communicate(timeout=300)[1]
        if job.returncode != 0 or b"NOT SAVED" in err:
            raise Broken("a writer: %s" % err.decode())
    row = home.list()[conv]
    if row["messages"] != 2 + 2 * WRITERS * EACH:
        raise Broken("%d messages are saved" % row["messages"])
    if len(home.segments()) != 1:
        raise Broken("there are %d segments" % len(home.segments()))
    return "%d processes in one conversation, %d messages" % (
        WRITERS, row["messages"])


def many(home, args):
    """Eight processes, a new conversation each time, in a new home."""
    loop = "for i in $(seq %d); do \"$0\" -q ask writer $1 says $i " \
           "|| exit 1; done" % EACH
    jobs = [subprocess.Popen(["sh", "-c", loop, home.tools.program, str(n)],
                             env=home.env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
            for n in range(WRITERS)]
    for job in jobs:
        err = job.communicate(timeout=300)[1]
        if job.returncode != 0 or b"NOT SAVED" in err:
            raise Broken("a writer: %s" % err.decode())
    if len(home.list()) != WRITERS * EACH:
        raise Broken("%d conversations" % len(home.list()))
    return "%d processes, %d conversations" % (WRITERS, WRITERS * EACH)


def locks(home, args):
    """Who holds a lock is named, and nobody waits for ever."""
    home.must(*bed.QUIET, "ask", "the beginning")
    path, = home.segments()
    conv = os.path.basename(path).split(".")[0]
    me = b"process %d" % os.getpid()
    with open(path, "rb") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        result = home.run("-r" + conv, "ask", "meanwhile")
        if result.code != 0 or b"meanwhile" not in result.out or \
                b"NOT SAVED" not in result.err or me not in result.err:
            raise Broken("a segment is locked: %s" % result)
        for words in (["rename", conv, "x"], ["delete", "--yes", conv]):
            result = home.run(*words)
            if result.code == 0 or me not in result.err:
                raise Broken("%s, and it is locked: %s" % (words[0], result))
    with open(home.vault + "/vault.lock", "rb") as f:
        fcntl.flock(f, fcntl.LOCK_SH)
        result = home.run("key", "rotate", "--yes")
        if result.code == 0 or me not in result.err:
            raise Broken("rotate while the vault is open: %s" % result)
    with open(home.vault + "/vault.write", "rb") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        result = home.run("key", "add", "recovery")
        if result.code == 0 or me not in result.err:
            raise Broken("two change the vault: %s" % result)
    must_have(home, conv, ["the beginning"])
    home.must(*bed.QUIET, "-r" + conv, "ask", "after")
    must_have(home, conv, ["the beginning", "after"])
    return "5 locks, each with its holder's pid"


def stopped(home, args):
    """A process that was stopped while it streams does not hold up others."""
    server = bed.Server(home.tools, home.path + "/tmp", [
        "answer", "header Content-Type: text/event-stream",
        "framing chunked", "chat One two", "stall"])
    env = dict(home.env, LLAMA_MODEL_ENDPOINT=server.url)
    try:
        process = home.start(*bed.QUIET, "ask", "stopped", env=env)
        if process.stdout.read(7) != b"One two":
            raise Broken("no beginning of a reply")
        process.send_signal(signal.SIGSTOP)
        conv, = home.list()
        home.must(*bed.QUIET, "-r" + conv, "ask", "beside it")
        result = home.run("delete", "--yes", conv)
        if result.code == 0 or b"process %d" % process.pid not in result.err:
            raise Broken("deleted under a writer: %s" % result)
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=bed.WAIT)
        if process.returncode != 130:
            raise Broken("it ended with %d" % process.returncode)
    finally:
        server.end()
    # Both asked at the same place: there are two branches.
    if home.list()[conv]["messages"] != 4:
        raise Broken("not all is saved: %s" % home.list())
    for text in ("stopped", "beside it"):
        if conv not in home.must("search", "--json", text).out.decode():
            raise Broken("%s is lost" % text)
    return "a writer stopped in the middle"


def mount(home, size):
    """A disk of that size for the data and the state; False: not here."""
    disk = home.path + "/disk"
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + size, "none",
                       disk], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        os.rmdir(disk)
        return False
    for name in ("DATA", "STATE", "CONFIG"):
        home.env["XDG_%s_HOME" % name] = disk + "/" + name.lower()
    home.data = disk + "/data/atllama"
    home.vault = home.data + "/vault"
    return True


def remount(home, options):
    subprocess.run(["mount", "-o", "remount," + options,
                    home.path + "/disk"], check=True)


def full(home, args):
    """A disk that fills up, and has room again."""
    if not mount(home, "512k"):
        return "skipped: no mounting here: a full disk"
    try:
        saved, unsaved = [], 0
        for i in range(40):
            text = bed.unique(i, 30000)
            result = home.run("ask", text)
            if result.code != 0 or text[:30].encode() not in result.out:
                raise Broken("no answer when the disk is full: %s" % result)
            if b"NOT SAVED" in result.err:
                unsaved += 1
                if unsaved == 3:
                    break
            else:
                saved.append(text)
        if not saved or not unsaved:
            raise Broken("%d saved, %d not" % (len(saved), unsaved))
        for words in (["rename", "--last", "x"], ["key", "add", "recovery"],
                      ["key", "rotate", "--yes"], ["list"]):
            result = home.run(*words)
            if result.code < 0 or (result.code != 0 and not result.err):
                raise Broken("%s on a full disk: %s" % (words, result))
        remount(home, "size=8m")
        texts = [m[1] for messages in home.all().values() for m in messages
                 if m[0] == "user"]
        for text in saved:
            if texts.count(text) != 1:
                raise Broken("%.20s is there %d times" % (
                    text, texts.count(text)))
        home.must(*bed.QUIET, "ask", "room again")
        home.must("delete", "--yes", "--last")
    finally:
        subprocess.run(["umount", home.path + "/disk"], check=True)
    return "a full disk: %d saved, %d said not to be" % (len(saved), unsaved)


def read_only(home, args):
    """A disk that was mounted to read only."""
    if not mount(home, "4m"):
        return "skipped: no mounting here: a read-only disk"
    try:
        home.must(*bed.QUIET, "ask", "before")
        remount(home, "ro")
        conv, = home.list()
        must_have(home, conv, ["before"])
        for words in (["-r" + conv, "ask", "on it"], ["ask", "a new one"]):
            result = home.run(*words)
            if result.code != 0 or b"NOT SAVED" not in result.err:
                raise Broken("%s, read-only: %s" % (words, result))
        for words in (["rename", conv, "x"], ["delete", "--yes", conv],
                      ["key", "rotate", "--yes"], ["key", "add", "recovery"]):
            result = home.run(*words)
            if result.code <= 0 or not result.err:
                raise Broken("%s, read-only: %s" % (words, result))
        remount(home, "rw")
        must_have(home, conv, ["before"])
        home.must(*bed.QUIET, "-r" + conv, "ask", "after")
        must_have(home, conv, ["before", "after"])
    finally:
        subprocess.run(["umount", home.path + "/disk"], check=True)
    return "a read-only disk"


def lacking(home, args):
    """File systems without hard links (vfat) or without locks (some of those
    of a network): the answer comes, and where to save instead is said. What
    lies on one already is gone on with where there are locks."""
    new = home.copy(home.path + "-new")
    home.must(*bed.QUIET, "ask", "before")
    conv, = home.list()
    for what, word in ("links", b"hard links"), ("locks", b"locks"):
        for who in new, home:
            result = who.run("ask", "it", env=who.shim(lacks=what))
            if result.code != 0 or b"it" not in result.out or \
                    b"a file system with " + word not in result.err:
                raise Broken("a new one without %s: %s" % (what, result))
    result = home.run("-r" + conv, "ask", "it", env=home.shim(lacks="locks"))
    if result.code != 1 or b"a file system with locks" not in result.err:
        raise Broken("gone on with without locks: %s" % result)
    result = home.run("-r" + conv, "ask", "it", env=home.shim(lacks="links"))
    if result.code != 0 or b"NOT SAVED" in result.err:
        raise Broken("gone on with without links: %s" % result)
    must_have(home, conv, ["before", "it"])
    new.must(*bed.QUIET, "ask", "after")
    return "file systems without hard links and without locks"


def growth(home, args):
    """RLIMIT_FSIZE, small and smaller, for all that writes."""
    home.must(*bed.QUIET, "ask", "before")
    conv, = home.list()
    n = 0
    for size in (0, 1, 500, 1000, 4095, 4096):
        def limit(size=size):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        for words in (["ask", "new"], ["-r" + conv, "ask", "more"],
                      ["rename", conv, "x"], ["key", "add", "recovery"],
                      ["key", "rotate", "--yes"],
                      ["delete", "--yes", "0" * 32]):
            result = home.run(*bed.QUIET[:1], *words, preexec_fn=limit)
            if result.code < 0:
                raise Broken("%s with %d bytes: %s" % (words, size, result))
            n += 1
    home.must("list")
    texts = [m[1] for m in home.show(conv)]
    if texts[:2] != ["before", "before"]:
        raise Broken("what was there is lost: %s" % texts)
    home.must(*bed.QUIET, "-r" + conv, "ask", "after")
    return "%d runs whose files may not grow" % n


def clocks(home, args):
    """1970, 2106, and a clock that goes backwards between messages."""
    times = [1764000000, 1, 4300000000, 951782400, 1764000001, 2 ** 33]
    conv = None
    for i, at in enumerate(times):
        words = ["-r" + conv] if conv else []
        result = home.run(*bed.QUIET, *words, "ask", "message %d" % i,
                          env=home.shim(clock=at))
        if result.code != 0 or b"NOT SAVED" in result.err:
            raise Broken("at %d: %s" % (at, result))
        conv = conv or [*home.list()][0]
    if [m[1] for m in home.show(conv) if m[0] == "user"] != \
            ["message %d" % i for i in range(len(times))]:
        raise Broken("not in order: %s" % home.show(conv))
    for at in times:
        result = home.run("list", env=home.shim(clock=at))
        if result.code != 0 or not result.out:
            raise Broken("list at %d: %s" % (at, result))
    return "%d times of day" % len(times)


def sizes(home, args):
    """As many as anybody will have. Times are told and not judged."""
    if not args.long:
        return "sizes: in the long form"
    told = []

    def timed(what, *words, **how):
        began = time.monotonic()
        result = home.must(*words, **how)
        told.append("%s %.2f s" % (what, time.monotonic() - began))
        return result

    one = home.path + "/tmp/one.json"
    with open(one, "w", encoding="utf-8") as f:
        json.dump([{"role": "assistant" if i % 2 else "user",
                    "content": "message %d of many" % i}
                   for i in range(100000)], f)
    timed("import of 100,000 messages", "import", one, "-q")
    os.unlink(one)
    row, = home.list().values()
    if row["messages"] != 100000:
        raise Broken("%d messages" % row["messages"])
    out = timed("show of them", "show", "--last", "--json").out
    if out.count(b'"role"') != 100000:
        raise Broken("%d messages are shown" % out.count(b'"role"'))
    timed("a question more", *bed.QUIET, "-c", "ask", "one more")
    home.must("delete", "--yes", "--last", "-q")
    names = []
    for i in range(10000):
        name = home.path + "/tmp/%d.json" % i
        names.append(name)
        with open(name, "w", encoding="utf-8") as f:
            json.dump([{"role": "user", "content": "conversation %d" % i},
                       {"role": "assistant", "content": "yes"}], f)
    timed("import of 10,000 conversations", "import", "-q", *names)
    for name in names:
        os.unlink(name)
    rows = timed("list", "list", "--json")
    if len(json.loads(rows.out)) != 10000:
        raise Broken("%d conversations" % len(json.loads(rows.out)))
    timed("list again", "list")
    found = timed("search", "search", "--json", "conversation 7777").out
    if b"conversation 7777" not in found:
        raise Broken("not found: %s" % found[:300])
    timed("a question in a new one", *bed.QUIET, "ask", "one more")
    for path in home.files(home.path + "/state"):
        if path.endswith("index.ati"):
            os.unlink(path)
    timed("list without an index", "list", "-q")
    return "; ".join(told)


PARTS = [writers, many, locks, stopped, full, read_only, lacking, growth,
         clocks, sizes]


def options(parser):
    parser.add_argument("--part", default="")


def run(tools, folder, args):
    server = bed.Server(tools, folder)
    seen = []
    bed.WAIT = 900 if args.long else bed.WAIT
    try:
        for part in PARTS:
            if args.part and args.part != part.__name__:
                continue
            home = bed.Home(tools, "%s/%s" % (folder, part.__name__), server)
            try:
                seen.append(part(home, args))
            except Broken as e:
                raise Broken("%s: %s" % (part.__name__, e)) from e
    finally:
        server.end()
    return "\n".join(seen)


if __name__ == "__main__":
    import sys
    sys.exit(bed.main(run, __doc__, options))
