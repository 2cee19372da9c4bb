"""What the proofs of storage stand on: homes, runs of the program with and
without the shim (tests/tool/shim.c), a scripted endpoint, and the promises.

Every question is a text of its own, so that whatever is read back can be told
right from wrong. The reply of the endpoint is the question again.
"""
import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "decode"))

WAIT = 300
DAMAGE = re.compile(rb"damage| lost|cannot be read|not the (file|one)|"
                    rb"does not follow")
# No wait for a model that loads, and no second try: one request a question.
QUIET = ["-q", "--retries", "0"]


class Broken(Exception):
    """A promise that was not kept."""


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return "exit %s\n  stdout %r\n  stderr %r" % (
            self.code, self.out[-600:], self.err[-1500:])


def messages(out):
    """What show --json printed, as (role, text, outcome)."""
    return [(m["role"], m["content"], m.get("outcome"))
            for m in json.loads(out)] if out else []


def blake2b(content):
    return hashlib.blake2b(content, digest_size=32).digest()


def damage(err):
    """Whether that tells of damage, and not only of a copy of the vault or a
    list of conversations that was made again."""
    return any(DAMAGE.search(line) for line in err.splitlines()
               if b"has been repaired" not in line)


class Server:
    """atl-server with a script; its log says what was asked."""

    ECHO = ["answer", "header Content-Type: text/event-stream",
            "framing chunked", "echo"]

    def __init__(self, tools, folder, script=None):
        base = os.path.join(folder, "server")
        self.log = base + ".log"
        with open(base + ".script", "w", encoding="utf-8") as f:
            f.write("\n".join(script or self.ECHO) + "\n")
        with open(base + ".err", "wb") as err:
            self.process = subprocess.Popen(
                [tools.server, base + ".script", "--log", self.log,
                 "--lifetime", "100000", "--with-parent"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err)
        self.url = "http://127.0.0.1:%d/v1" % int(
            self.process.stdout.readline())
        self.seen = 0

    def news(self):
        """What was logged since the last call."""
        try:
            with open(self.log, "rb") as f:
                f.seek(self.seen)
                new = f.read()
        except FileNotFoundError:
            return b""
        self.seen += len(new)
        return new

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=WAIT)
        self.process.stdout.close()


class Home:
    """A user of his own: a home folder, and what he must find in it again."""

    def __init__(self, tools, folder, server=None):
        self.tools = tools
        self.path = folder
        os.makedirs(folder, 0o700, exist_ok=True)
        self.server = server
        self.passphrase = None
        self.data = folder + "/data/atllama"
        self.vault = self.data + "/vault"
        self.env = {
            "PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8",
            "TERM": "dumb", "TMPDIR": folder + "/tmp",
            "XDG_RUNTIME_DIR": folder + "/run",
            "XDG_CONFIG_HOME": folder + "/config",
            "XDG_DATA_HOME": folder + "/data",
            "XDG_STATE_HOME": folder + "/state",
            "XDG_CACHE_HOME": folder + "/cache",
        }
        if server is not None:
            self.env["LLAMA_MODEL_ENDPOINT"] = server.url
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        for name in ("tmp", "run"):
            os.makedirs(folder + "/" + name, 0o700, exist_ok=True)

    def shim(self, **settings):
        """The environment of a run with the shim."""
        env = dict(self.env, LD_PRELOAD=self.tools.shim, SHIM_ROOT=self.path)
        for name, value in settings.items():
            env["SHIM_" + name.upper()] = str(value)
        return env

    def start(self, *args, env=None, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen([self.tools.program, *args],
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE,
                                env=env or self.env, cwd=self.path, **how)

    def run(self, *args, env=None, stdin=None, **how):
        if stdin is None and self.passphrase is not None:
            stdin = self.passphrase + b"\n"
            args = (*args, "--passphrase-fd", "0")
            if "ask" in args:
                args = (*args, "--no-stdin")
        if stdin is not None:
            how["stdin"] = subprocess.PIPE
        process = self.start(*args, env=env, **how)
        try:
            out, err = process.communicate(stdin, timeout=WAIT)
        except subprocess.TimeoutExpired as e:
            process.kill()
            process.communicate()
            raise Broken("%s did not end" % " ".join(args)) from e
        return Result(process.returncode, out, err)

    def must(self, *args, **how):
        result = self.run(*args, **how)
        if result.code != 0:
            raise Broken("%s: %s" % (" ".join(args)[:200], result))
        return result

    def ask(self, text, *args, **how):
        return self.run(*QUIET, *args, "ask", text, **how)

    def list(self, sound=True):
        """The conversations, by their ids. `sound`: without any damage."""
        result = self.must("list", "--json")
        rows = json.loads(result.out)
        if sound and (damage(result.err) or
                      any(row["damaged"] for row in rows)):
            raise Broken("damage without a cause: list: %s" % result)
        return {row["id"]: row for row in rows}

    def show(self, conv, sound=True):
        """The messages of one, as (role, text, outcome)."""
        result = self.run("show", conv, "--json")
        if sound and (result.code != 0 or damage(result.err)):
            raise Broken("damage without a cause: show: %s" % result)
        if result.code not in (0, 14):
            raise Broken("show: %s" % result)
        return messages(result.out)

    def all(self, sound=True):
        return {conv: self.show(conv, sound) for conv in self.list(sound)}

    def files(self, folder=None):
        for where, _, names in os.walk(folder or self.path):
            for name in names:
                yield os.path.join(where, name)

    def segments(self):
        return sorted(f for f in self.files(self.vault + "/c")
                      if f.endswith(".atj"))

    def copy(self, to):
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.path, to, symlinks=True)
        other = Home(self.tools, to, self.server)
        other.passphrase = self.passphrase
        return other

    def no_clear(self, *texts):
        """None of the texts is in a file anywhere below the home."""
        for path in self.files():
            with open(path, "rb") as f:
                content = f.read()
            for text in texts:
                if text in content:
                    raise Broken("%s is in clear in %s" % (text, path))


class Tools:
    def __init__(self, args):
        self.program = os.path.abspath(args.program)
        self.server = os.path.abspath(args.server)
        self.shim = os.path.abspath(args.shim)


def unique(n, length=0):
    """Question n: letters that no other text has, and `length` more."""
    text = "question-%06d." % n
    return text + "x%05d " % n * (length // 7)


class Progress:
    """How far a long run is: a line on stderr once a minute."""

    def __init__(self, args):
        self.next = time.monotonic() + 60 if args.long else None

    def tell(self, text, *values):
        if self.next is not None and time.monotonic() >= self.next:
            print(text % values, file=sys.stderr, flush=True)
            self.next = time.monotonic() + 60


def main(run, doc, options=None):
    """Parses the usual arguments and calls run(tools, folder, args), which
    returns what it has seen in a line, or raises Broken."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", action="store_true",
                        help="leave the homes where they are")
    parser.add_argument("--long", action="store_true",
                        help="all of it, not the short form")
    if options is not None:
        options(parser)
    args = parser.parse_args()
    if args.seed is None:
        args.seed = random.SystemRandom().randrange(1 << 32)
    folder = tempfile.mkdtemp(prefix="atl-proof-")
    began = time.monotonic()
    code = 0
    try:
        print(run(Tools(args), folder, args))
    except Broken as e:
        print("FAILED (--seed %d): %s" % (args.seed, str(e)[:4000]))
        code = 1
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print("%.0f s" % (time.monotonic() - began))
    return code


def kill(process):
    """SIGKILL and the end; True when it was still running."""
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=WAIT)
    return process.returncode == -signal.SIGKILL
