#!/usr/bin/env python3
"""The program is killed at random moments while it asks, continues, chats,
renames, deletes, rotates, compacts, changes the passphrase or imports.

After each kill the store opens, everything that was acknowledged is there
once and whole, and nothing counts as damaged. A question is acknowledged when
it has left for the endpoint, a reply as far as it was shown, anything else
when the program has ended well.
"""
import json
import os
import pty
import random
import select
import shutil
import signal
import subprocess
import sys
import time

import bed
from bed import Broken

LIFE = 25  # kills in one home
OLD = b"the first pass phrase"
# A reply that takes its time: kills fall into the middle of it.
SLOW = ["answer", "header Content-Type: text/event-stream", "framing chunked",
        *["chat word%02d \nsleep 1" % i for i in range(40)], "finish", "done"]
SLOW = [line for part in SLOW for line in part.split("\n")]
REPLY = "".join("word%02d " % i for i in range(40))
# So that a kill now and then tears a record.
LARGE = 200 * 1000


class Life:
    """A home, what must be in it, and what may be."""

    def __init__(self, home, slow, rng, start):
        self.home = home
        self.slow = slow
        self.rng = rng
        self.number = start
        self.must = {}  # question: how much of the reply was shown
        self.may = set()  # questions that were on their way
        self.gone = set()  # questions of deleted conversations
        self.doubtful = set()  # those that may be deleted or not
        self.torn = 0
        self.kills = 0
        self.done = 0
        self.reach = {}  # how long each kind takes

    def ids(self):
        return sorted(self.state)

    def begin(self):
        self.home.must("key", "init", "key-file", "-q")
        self.state = {}

    # -- what is done

    def question(self, length=0):
        self.number += 1
        return bed.unique(self.number, length)

    def asking(self, args, text, stdin=None, slow=False):
        env = dict(self.home.env)
        if slow:
            env["LLAMA_MODEL_ENDPOINT"] = self.slow.url
        if stdin is None:
            args = [*bed.QUIET, *args, "ask", text]
        else:
            args = [*bed.QUIET, *args]
        self.may.add(text)
        result, killed = self.killed("ask%d%d" % (slow, stdin is not None),
                                     args, env, stdin)
        server = self.slow if slow else self.home.server
        if result.code not in (0, -9) or b"NOT SAVED" in result.err:
            raise Broken("asking: %s" % result)
        shown = result.out.decode()
        if not killed:
            shown = shown[:-1] if slow is False or \
                shown.endswith("\n") else shown
        if text.encode() in server.news() or shown or not killed:
            self.must[text] = shown.rstrip("\n")

    def killed(self, kind, args, env=None, stdin=None):
        """Runs it and kills it somewhere on its way."""
        if self.rng.random() < 0.5:
            return self.killed_at_call(kind + " calls", args,
                                       env or self.home.env, stdin)
        reach = self.reach.get(kind, 0.05)
        process = self.home.start(
            *args, env=env,
            stdin=subprocess.PIPE if stdin is not None
            else subprocess.DEVNULL)
        began = time.monotonic()
        delay = self.rng.uniform(0, reach * 1.15)
        try:
            out, err = process.communicate(stdin, timeout=delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, err = process.communicate(timeout=bed.WAIT)
        took = time.monotonic() - began
        killed = process.returncode == -signal.SIGKILL
        if killed:
            self.kills += 1
            if took > reach * 0.9:
                self.reach[kind] = min(reach * 1.1, 3)
        else:
            self.done += 1
            self.reach[kind] = reach * 0.8 + took * 0.2
        return bed.Result(process.returncode, out, err), killed

    def killed_at_call(self, kind, args, env, stdin):
        """The same, in or before one of the calls that change the disk."""
        reach = self.reach.get(kind, 30)
        at = self.rng.randint(1, reach)
        shim = self.home.shim(at=at, only="changes",
                              how=self.rng.choice(["KILL", "TORN"]))
        result = self.home.run(*args, env=dict(shim, **{
            "LLAMA_MODEL_ENDPOINT": env["LLAMA_MODEL_ENDPOINT"]}),
            stdin=stdin)
        if result.code != -signal.SIGKILL:
            self.done += 1
            self.reach[kind] = max(reach - 2, 4)
            return result, False
        self.kills += 1
        if at > reach - 3:
            self.reach[kind] = reach + 3
        return result, True

    def new(self):
        self.asking([], self.question())

    def go_on(self):
        self.asking(["-c"] if self.state else [], self.question())

    def large(self):
        text = self.question(LARGE)
        self.asking(["-c"] if self.state else [], text, text.encode())

    def stream(self):
        self.asking(["-c"] if self.state else [], self.question(), slow=True)

    def rename(self):
        if not self.state:
            return
        conv = self.rng.choice(self.ids())
        title = "title %d" % self.number
        self.number += 1
        result, killed = self.killed("rename", ["rename", conv, title])
        if not killed and result.code != 0:
            raise Broken("rename: %s" % result)
        now = self.home.list()[conv]["title"]
        if now != title and (not killed or now != self.state[conv]["title"]):
            raise Broken("the title is %r and not %r" % (now, title))

    def delete(self):
        if len(self.state) < 2:
            return
        conv = self.rng.choice(self.ids())
        texts = {m[1] for m in self.home.show(conv) if m[0] == "user"}
        result, killed = self.killed("delete", ["delete", "--yes", conv])
        if not killed and result.code != 0:
            raise Broken("delete: %s" % result)
        # Whoever opens the store next ends what was begun.
        rows = self.home.list()
        if conv in rows:
            if not killed:
                raise Broken("deleted, and it is there")
            left = {m[1] for m in self.home.show(conv) if m[0] == "user"}
            if left != texts:
                raise Broken("a part of it was deleted")
            del rows[conv]
            self.home.must("delete", "--yes", conv)
        elif killed:
            self.home.must("verify")
        if conv not in rows:
            for text in texts:
                self.must.pop(text, None)
                self.may.discard(text)
                self.gone.add(text)

    def rotate(self):
        result, killed = self.killed("rotate", ["key", "rotate", "--yes"])
        if not killed and result.code != 0:
            raise Broken("rotate: %s" % result)

    def compact(self):
        if not self.state:
            return
        conv = self.rng.choice(self.ids())
        result, killed = self.killed("compact", ["compact", conv])
        if not killed and result.code != 0:
            raise Broken("compact: %s" % result)

    def passphrase(self):
        """A passphrase is added, changed and removed again."""
        other = b"another pass phrase"
        home = self.home
        home.must("key", "add", "passphrase", "--kdf", "minimal", "-q",
                  "--passphrase-fd", "0", stdin=OLD + b"\n")
        key = home.path + "/config/atllama/key"
        aside = home.path + "/tmp/key"
        os.rename(key, aside)
        result, killed = self.killed(
            "passwd", ["key", "passwd", "--kdf", "minimal",
                       "--passphrase-fd", "0"],
            stdin=OLD + b"\n" + other + b"\n")
        opens = [phrase for phrase in (OLD, other)
                 if home.run("list", "--passphrase-fd", "0",
                             stdin=phrase + b"\n").code == 0]
        if opens != [other] and (not killed or opens != [OLD]):
            raise Broken("%s open it; %s" % (opens, result))
        os.rename(aside, key)
        for slot in self.slots():
            home.must("key", "remove", str(slot), "--yes", "-q")

    def slots(self):
        rows = json.loads(self.home.must("key", "status", "--json").out)
        return [row["slot"] for row in rows["slots"]
                if row["type"] == "passphrase"]

    def bring_in(self):
        """An export taken in once more, under a new id."""
        if not self.state:
            return
        conv = self.rng.choice(self.ids())
        path = self.home.path + "/tmp/export.json"
        self.home.must("export", conv, "--json", "-o", path, "-q")
        before = set(self.home.list())
        result, killed = self.killed("import", ["import", path, "-q"])
        if not killed and result.code != 0:
            raise Broken("import: %s" % result)
        os.unlink(path)
        new = set(self.home.list()) - before
        if not killed and len(new) != 1:
            raise Broken("imported, and it is not there")
        for copy in new:
            self.home.must("delete", "--yes", "-q", copy)

    def chat(self):
        """Two questions in a chat on a terminal."""
        texts = [self.question(), self.question()]
        self.may.update(texts)
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.home.path)
            os.execve(self.home.tools.program,
                      ["atllama", "--plain", "--retries", "0"],
                      dict(self.home.env))
        reach = self.reach.get("chat", 0.15)
        until = time.monotonic() + self.rng.uniform(0.2, 1.15) * reach
        seen = b""
        left = list(texts)
        finished = None
        while time.monotonic() < until:
            if not select.select([fd], [], [], max(
                    until - time.monotonic(), 0))[0]:
                break
            try:
                piece = os.read(fd, 65536)
            except OSError:
                break
            seen += piece
            done = len(texts) - len(left)
            if seen.count(b"@llama> ") + seen.count(b"> ") > done and left:
                os.write(fd, left.pop(0).encode() + b"\r")
            elif not left and finished is None and \
                    seen.count(texts[1].encode()) > 1:
                finished = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)
        self.kills += 1
        if finished is None:
            self.reach["chat"] = min(reach * 1.1, 2)
        else:
            self.reach["chat"] = reach * 0.9
        news = self.home.server.news()
        for text in texts:
            if text.encode() in news:
                # What the terminal shows of the reply is mixed with the
                # echo; that the question is there is what counts here.
                self.must[text] = ""

    KINDS = {new: 4, go_on: 4, large: 4, stream: 4, rename: 2, delete: 3,
             rotate: 2, compact: 2, passphrase: 1, bring_in: 1, chat: 2}

    # -- what must be true

    def check(self):
        home = self.home
        self.torn += sum(1 for path in home.segments() if self.is_torn(path))
        rows = home.list()
        found = {}
        for conv in rows:
            messages = home.show(conv)
            for i, (role, text, outcome) in enumerate(messages):
                if role != "user":
                    continue
                if text in found:
                    raise Broken("%.30s is there twice" % text)
                found[text] = self.reply(messages, i)
        for text in found:
            if text in self.gone:
                raise Broken("%.30s was deleted" % text)
            if text not in self.must and text not in self.may:
                raise Broken("%.30s was never asked" % text)
        for text, shown in self.must.items():
            if text not in found:
                raise Broken("%.30s is lost" % text)
            reply = found[text]
            if shown and (reply is None or not reply.startswith(shown)):
                raise Broken("of the reply to %.30s %r was shown, and %r is "
                             "saved" % (text, shown[-60:],
                                        reply and reply[-60:]))
        self.state = rows

    @staticmethod
    def reply(messages, i):
        """The reply to question i, which must be what the endpoint said, or
        its beginning; None without one."""
        if i + 1 == len(messages) or messages[i + 1][0] != "assistant":
            return None
        reply = messages[i + 1][1]
        # Questions without a reply are sent as one, and come back as one.
        sent = messages[i][1]
        while not sent.startswith(reply.rstrip()):
            i -= 1
            if i < 0 or messages[i][0] != "user":
                break
            sent = messages[i][1] + "\n\n" + sent
        else:
            return reply
        if not REPLY.startswith(reply):
            raise Broken("a reply is %.200r" % reply)
        return reply

    def is_torn(self, path):
        """Whether its last bytes are no end of a record."""
        with open(path, "rb") as f:
            size = f.seek(0, 2)
            if size < 528:
                return False
            f.seek(size - 16)
            return f.read(4) != bytes.fromhex("ad582ee1")

    def step(self):
        kind = self.rng.choices([*self.KINDS], self.KINDS.values())[0]
        try:
            kind(self)
            self.check()
        except Broken as e:
            raise Broken("after %s: %s" % (kind.__name__, e)) from e


def lives(tools, folder, args):
    count = args.count
    rng = random.Random(args.seed)
    progress = bed.Progress(args)
    server = bed.Server(tools, folder)
    os.mkdir(folder + "/slow")
    slow = bed.Server(tools, folder + "/slow", SLOW)
    kills = torn = homes = done = number = 0
    reach = {}
    try:
        while kills < count:
            path = folder + "/home"
            life = Life(bed.Home(tools, path, server), slow, rng, number)
            life.reach = reach
            life.begin()
            while life.kills < min(LIFE, count - kills):
                life.step()
                progress.tell("--seed %d: %d kills of %d", args.seed,
                              kills + life.kills, count)
            life.home.must("verify")
            life.home.no_clear(b"question-0")
            kills += life.kills
            torn += life.torn
            done += life.done
            number = life.number
            homes += 1
            shutil.rmtree(path)
    finally:
        server.end()
        slow.end()
    return kills, done, torn, homes


def options(parser):
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=1)


def run(tools, folder, args):
    if args.jobs > 1:
        return in_jobs(args)
    seen = lives(tools, folder, args)
    if seen[2] == 0 and args.count >= 1000:
        raise Broken("no torn tail in %d kills: this has looked at nothing"
                     % seen[0])
    return "%d kills, %d ends that came before, %d torn tails seen, " \
           "%d homes" % seen


def in_jobs(args):
    """The same in several processes, each with a seed of its own."""
    each = [[sys.executable, __file__, "--program", args.program, "--server",
             args.server, "--shim", args.shim, "--seed", str(args.seed + i),
             "--count", str(args.count // args.jobs),
             *["--long"] * args.long]
            for i in range(args.jobs)]
    jobs = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
            for argv in each]
    outs = [job.communicate()[0] for job in jobs]
    if any(job.returncode != 0 for job in jobs):
        raise Broken("\n".join(outs))
    return "".join(outs).rstrip()


if __name__ == "__main__":
    sys.exit(bed.main(run, __doc__, options))
