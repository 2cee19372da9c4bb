#!/usr/bin/env python3
"""Each call about files, and each allocation, fails once, and forever, while
the program does what it does; and it is killed before each call, and in the
middle of each write.

After each failure: what was acknowledged is there, nothing counts as damaged,
and the same thing works now. While it fails: no crash, one clear line or
several, the right exit code, and an answer that was not saved says so.
"""
import concurrent.futures
import os
import shutil
import sys

import bed
from bed import Broken

MARK = b"in-the-clear-91c4"
# How a call may fail, whether all after it do as well, and which calls: those
# that can fail in this way ("" for all). Others would be the same state of the
# disk once more: being killed before a call that changes nothing is being
# killed before the next one that does. Those of the short form come first.
HOWS = [("EIO", 0, ""), ("LESS", 1, "room"), ("TORN", 0, "room"),
        ("KILL", 0, "changes"), ("ENOSPC", 1, "room"), ("EDQUOT", 0, "room"),
        ("EIO", 1, ""), ("EINTR", 0, ""), ("SHORT", 0, "bytes"),
        ("EACCES", 0, "names"), ("EMFILE", 0, "opens"),
        ("EROFS", 1, "changes")]
SHORT = 3
CODES = {0, 1, 3, 13, 14}


class Scene:
    """What is done while a call fails, and what must be true after it."""
    name = None
    prepared = True  # a home with two conversations
    passphrase = None
    samples = 2  # of the short form, for each way to fail

    def __init__(self):
        self.convs = {}

    def prepare(self, home):
        home.passphrase = self.passphrase
        if self.passphrase is not None:
            home.must("key", "init", "passphrase", "--kdf", "minimal", "-q")
        if self.prepared:
            for text in ("the first", "the second"):
                if home.ask(text).code != 0:
                    raise Broken("cannot prepare")
            self.convs = home.all()

    def act(self, home, env):
        raise NotImplementedError

    def check(self, home, result, whole):
        """`whole`: it was neither killed nor did it say that it failed."""
        now = home.all()
        for conv, messages in self.convs.items():
            if now.get(conv) != messages:
                raise Broken("conversation %s is now %s, was %s"
                             % (conv, now.get(conv), messages))
        return now

    def again(self, home, now):
        """It goes on when the disk is well again."""
        if home.ask("after that").code != 0:
            raise Broken("cannot go on: %s" % home.ask("after that"))
        if len(home.list()) != len(now) + 1:
            raise Broken("the next question is not saved")


class Ask(Scene):
    name = "ask"
    text = MARK.decode() + " is asked"

    def act(self, home, env):
        return home.run("--retries", "0", "ask", self.text, env=env)

    def check(self, home, result, whole):
        now = super().check(home, result, whole)
        new = [m for conv, messages in now.items()
               for m in messages[len(self.convs.get(conv, [])):]]
        asked = self.text.encode() in home.server.news()
        unsaved = b"NOT SAVED" in result.err
        texts = [m[1] for m in new]
        if asked and not unsaved and self.text not in texts:
            raise Broken("the question left and is not saved: %s" % new)
        shown = result.out.rstrip(b"\n").decode()
        replies = [m[1] for m in new if m[0] == "assistant"]
        if shown and not unsaved and \
                not any(r.startswith(shown) for r in replies):
            raise Broken("shown and not saved: %r, saved %s" % (shown, new))
        if texts.count(self.text) > 2 or len(new) > 2:
            raise Broken("saved twice: %s" % new)
        if result.code == 0 and shown != self.text:
            raise Broken("success without the answer")
        return now


class FirstAsk(Ask):
    name = "first run"
    prepared = False


class Continue(Ask):
    name = "continue"

    def act(self, home, env):
        return home.run("--retries", "0", "-c", "ask", self.text, env=env)

    def check(self, home, result, whole):
        before = self.convs
        now = home.all()
        self.convs = {conv: messages for conv, messages in before.items()
                      if now.get(conv) == messages}
        if len(self.convs) < len(before) - 1:
            raise Broken("more than one conversation changed")
        for conv, messages in before.items():
            if now.get(conv, [])[:len(messages)] != messages:
                raise Broken("conversation %s has lost its past" % conv)
        self.convs = {conv: messages for conv, messages in before.items()}
        new = {conv: messages[len(before.get(conv, [])):]
               for conv, messages in now.items()}
        texts = [m[1] for messages in new.values() for m in messages]
        unsaved = b"NOT SAVED" in result.err
        asked = self.text.encode() in home.server.news()
        if asked and not unsaved and self.text not in texts:
            raise Broken("the question left and is not saved: %s" % new)
        if result.code == 0 and not unsaved and texts.count(self.text) != 2:
            raise Broken("success, and it is not saved: %s" % new)
        return now


class Rename(Scene):
    name = "rename"

    def act(self, home, env):
        self.target = sorted(self.convs)[0]
        return home.run("rename", self.target, "another title", env=env)

    def check(self, home, result, whole):
        now = super().check(home, result, whole)
        title = home.list()[self.target]["title"]
        if title != "another title" and (
                whole or title not in ("the first", "the second")):
            raise Broken("the title is %r" % title)
        return now


class Delete(Scene):
    name = "delete"

    def act(self, home, env):
        self.target = sorted(self.convs)[0]
        self.gone = self.convs.pop(self.target)
        return home.run("delete", "--yes", self.target, env=env)

    def check(self, home, result, whole):
        rows = home.list(sound=False)
        if whole and self.target in rows:
            raise Broken("deleted, and it is there")
        if self.target in rows:
            if home.show(self.target, sound=False) != self.gone:
                raise Broken("a part of it is left")
            # Its key may be gone already; deleting it again ends that.
            if rows[self.target]["damaged"]:
                home.must("delete", "--yes", self.target)
        return super().check(home, result, whole)


class List(Scene):
    name = "list"

    def act(self, home, env):
        state = [f for f in home.files(home.path + "/state")
                 if f.endswith("index.ati")]
        for path in state:
            os.unlink(path)
        return home.run("list", env=env)

    def check(self, home, result, whole):
        if result.code == 0 and b"cannot be read" not in result.err and (
                b"the first" not in result.out or
                b"the second" not in result.out):
            raise Broken("success without all conversations: %s" % result)
        return super().check(home, result, whole)


class Show(Scene):
    name = "show"

    def act(self, home, env):
        return home.run("show", sorted(self.convs)[0], env=env)

    def check(self, home, result, whole):
        if result.code == 0 and b"the " not in result.out:
            raise Broken("success with nothing: %s" % result)
        return super().check(home, result, whole)


class Recover(Ask):
    """A reply left by a killed process is brought home."""
    name = "recover"

    def prepare(self, home):
        super().prepare(home)
        # Before the live file is removed the process ends.
        for n in range(1, 1000):
            probe = home.copy(home.path + "-probe")
            self.act_ask(probe, probe.shim(at=n, how="KILL"))
            if any(os.scandir(probe.vault + "/live")) and \
                    probe.list() and self.reply(probe):
                break
        shutil.rmtree(probe.path)
        self.act_ask(home, home.shim(at=n, how="KILL"))
        self.found = None

    def act_ask(self, home, env):
        return home.run("--retries", "0", "ask", self.text, env=env)

    def reply(self, home):
        return any(m[0] == "assistant" and m[1] == self.text
                   for messages in home.all().values() for m in messages)

    def act(self, home, env):
        return home.run("list", env=env)

    def check(self, home, result, whole):
        now = Scene.check(self, home, result, whole)
        replies = [m for messages in now.values() for m in messages
                   if m[0] == "assistant" and m[1] == self.text]
        if len(replies) != 1:
            raise Broken("the reply is there %d times" % len(replies))
        return now


class Passwd(Scene):
    name = "passwd"
    samples = 1
    passphrase = b"the old pass phrase"
    new = b"another pass phrase"

    def act(self, home, env):
        return home.run("key", "passwd", "--kdf", "minimal",
                        "--passphrase-fd", "0",
                        stdin=self.passphrase + b"\n" + self.new + b"\n",
                        env=env)

    def check(self, home, result, whole):
        opens = []
        for phrase in (self.passphrase, self.new):
            home.passphrase = phrase
            code = home.run("list").code
            if code not in (0, 13):
                raise Broken("list ends with %d" % code)
            if code == 0:
                opens.append(phrase)
        if len(opens) != 1:
            raise Broken("%d of two passphrases open it" % len(opens))
        if whole and opens != [self.new]:
            raise Broken("changed, and the old one opens it")
        home.passphrase = opens[0]
        return super().check(home, result, whole)


class Rotate(Scene):
    name = "rotate"

    def act(self, home, env):
        return home.run("key", "rotate", "--yes", env=env)


class Compact(Scene):
    name = "compact"

    def act(self, home, env):
        return home.run("compact", sorted(self.convs)[0], env=env)


class KeySet(Scene):
    name = "key set"

    def act(self, home, env):
        return home.run("key", "set", "somewhere", env=env,
                        stdin=b"sk-" + MARK + b"\n")

    def check(self, home, result, whole):
        names = home.must("key", "names").out
        if whole and b"somewhere" not in names:
            raise Broken("the key is not there")
        return super().check(home, result, whole)


SCENES = [FirstAsk, Ask, Continue, Rename, Delete, List, Show, Recover,
          Passwd, Rotate, Compact, KeySet]


def clear_lines(result):
    """What it said is a few lines of text."""
    lines = result.err.decode().splitlines()
    if len(lines) > 8:
        raise Broken("%d lines were said" % len(lines))
    if any(len(line) > 1500 for line in lines):
        raise Broken("a line is too long")


def one(scene_class, base, folder, settings):
    """One run; returns the numbers of calls and allocations, or None."""
    home = base.copy(folder)
    home.server.news()
    scene = scene_class()
    scene.convs = dict(base.convs)
    count = folder + "/tmp/count"
    result = scene.act(home, home.shim(count=count, **settings))
    try:
        killed = result.code == -9
        if result.code < 0 and not killed:
            raise Broken("a crash")
        if result.code > 0 and result.code not in CODES and \
                "malloc" not in settings:
            raise Broken("an unexpected exit code")
        if result.code > 0:
            if not result.err:
                raise Broken("it failed without a word")
        clear_lines(result)
        now = scene.check(home, result, result.code == 0 and
                          b"NOT SAVED" not in result.err)
        scene.again(home, now)
        home.no_clear(MARK)
    except Broken as e:
        raise Broken("%s with %s: %s\n  that run: %s" % (
            scene.name, settings, e, result)) from e
    if result.code < 0:
        return None
    with open(count, encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


def walk(scene, base, folder, how, args, turn):
    """Each call fails from the first that is asked for on; or some of those
    that change the disk, others with each `turn`. Returns how many did."""
    settings = {"how": how[0], "sticky": how[1],
                "only": how[2] if args.long else "changes"}
    step, at = 1, args.begin
    progress = bed.Progress(args)
    if not args.long:
        total = one(scene, base, folder, dict(settings, at=0))[0]
        step = max(total // scene.samples, 1)
        at = 1 + turn * step // SHORT
    runs = 0
    while True:
        seen = one(scene, base, folder, dict(settings, at=at))
        if seen is not None and seen[0] < at:
            return runs
        progress.tell("%s: %s at call %d", scene.name, how[0], at)
        runs += 1
        at += step


def options(parser):
    parser.add_argument("--scene", default="")
    parser.add_argument("--how", default="")
    parser.add_argument("--only", choices=("files", "memory"))
    parser.add_argument("--from", type=int, default=1, dest="begin",
                        help="the first call or allocation to fail")
    parser.add_argument("--jobs", type=int, default=1)


def act_out(scene, tools, folder, args):
    """All that can fail in one scene. Returns the numbers of calls and of
    allocations that did."""
    os.makedirs(folder)
    server = bed.Server(tools, folder)
    runs = allocations = 0
    try:
        base = bed.Home(tools, folder + "/base", server)
        made = scene()
        made.prepare(base)
        base.convs = made.convs
        for turn, how in enumerate(HOWS if args.long else HOWS[:SHORT]):
            if args.only == "memory" or args.how not in ("", how[0]):
                continue
            n = walk(scene, base, folder + "/home", how, args, turn)
            tell(args, "%s: %d times %s%s" % (
                scene.name, n, how[0], " from then on" if how[1] else ""))
            runs += n
        if args.only != "files":
            allocations = memory(scene, base, folder + "/home", args)
            tell(args, "%s: %d allocations" % (scene.name, allocations))
    finally:
        server.end()
    return runs, allocations


def tell(args, text):
    if args.long:
        print(text, flush=True)


def run(tools, folder, args):
    scenes = [s for s in SCENES if args.scene in ("", s.name)]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        jobs = [pool.submit(act_out, scene, tools, "%s/%d" % (folder, i), args)
                for i, scene in enumerate(scenes)]
        try:
            done = [job.result() for job in jobs]
        except Broken:
            pool.shutdown(cancel_futures=True)
            raise
    runs, allocations = map(sum, zip(*done))
    if runs + allocations == 0:
        raise Broken("no call failed")
    return "%d failing calls, %d failing allocations" % (runs, allocations)


def memory(scene, base, folder, args):
    """Allocations that fail."""
    total = one(scene, base, folder, {})[1]
    step = 1 if args.long else max(total // 3, 1)
    runs = 0
    progress = bed.Progress(args)
    for at in range(args.begin + args.seed % step, total + 1, step):
        progress.tell("%s: allocation %d of %d", scene.name, at, total)
        one(scene, base, folder, {"malloc": at})
        runs += 1
    return runs


if __name__ == "__main__":
    sys.exit(bed.main(run, __doc__, options))
