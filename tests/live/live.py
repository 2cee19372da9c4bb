#!/usr/bin/env python3
"""The program against a real llama-server of llama.cpp.

    live.py --program ATLLAMA [--llama-server PROGRAM] [--model FILE.gguf]

Without the options, LLAMA_SERVER (else llama-server in PATH) and MODEL of the
environment are taken; without one of them nothing is tried, which is said. Any
model will do, even one that babbles: what it says is not looked at. Servers are
started on free ports of this machine with a small window, and end with this.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SLOT = 2048  # tokens of the window of each of the two slots
WAIT = 600
KEY = "sk-live"
SCHEMA = {"type": "object", "additionalProperties": False,
          "properties": {"fine": {"enum": ["yes", "no"]}},
          "required": ["fine"]}


class Broken(Exception):
    pass


def check(what, seen, wanted):
    if seen != wanted:
        raise Broken(f"{what}: {seen!r}, not {wanted!r}")


def has(what, seen, wanted):
    if wanted not in seen:
        raise Broken(f"{what}: {seen!r} lacks {wanted!r}")


class Llama:
    """A llama-server; its own words go to a file."""

    def __init__(self, live, *words):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("LLAMA_ARG_", "LLAMA_API_KEY"))}
        with open(f"{live.folder}/llama.log", "ab") as log:
            self.process = subprocess.Popen(
                [live.llama, "--model", live.model, "--host", "127.0.0.1",
                 "--port", str(self.port), "--ctx-size", str(2 * SLOT),
                 "--parallel", "2", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)

    def state(self):
        try:
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{self.port}/health", timeout=5):
                return 200
        except urllib.error.HTTPError as e:
            return e.code
        except OSError:
            return 0

    def wait(self, states=(200,)):
        end = time.monotonic() + WAIT
        while self.state() not in states:
            if self.process.poll() is not None or time.monotonic() > end:
                raise Broken("llama-server did not come up; see its log with "
                             "--keep")
            time.sleep(0.02)
        return self

    def end(self):
        self.process.kill()
        self.process.wait()


class Live:
    def __init__(self, options, folder):
        self.folder = folder
        self.program = os.path.abspath(options.program)
        self.llama = options.llama_server
        self.model = os.path.abspath(options.model)
        self.env = {
            "HOME": folder, "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": folder + "/config",
            "XDG_DATA_HOME": folder + "/data",
            "XDG_STATE_HOME": folder + "/state",
        }

    def start(self, *words, key=None, **options):
        env = dict(self.env, **({"LLAMA_API_KEY": key} if key else {}))
        return subprocess.Popen(
            [self.program, *words], env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
            **options)

    def run(self, *words, stdin="", key=None):
        p = self.start(*words, key=key)
        out, err = p.communicate(stdin.encode(), WAIT)
        return p.returncode, out.decode(), err.decode()


def part_names(live, url):
    """The list, any name, and what the doctor says."""
    code, out, err = live.run("models", "-e", url)
    check("models " + err, code, 0)
    has("models", out, f"window {SLOT}")
    code, out, err = live.run("doctor", "-e", url)
    check("doctor " + out, code, 0)
    has("doctor", out, "answers to any name")
    has("doctor", out, "one token of")


def part_answer(live, url):
    """An answer is counted, whole and in pieces, and kept."""
    for more in ([], ["--no-stream"]):
        code, out, err = live.run("-e", url, "-n", "8", "--json", *more,
                                  "Say a few words.")
        check("exit " + err, code, 0)
        said = json.loads(out)
        check("saved", said["saved"], True)
        if not 0 < said["usage"]["completion_tokens"] <= 8:
            raise Broken(f"usage: {said['usage']}")
        if said["usage"]["prompt_tokens"] <= 0:
            raise Broken(f"usage: {said['usage']}")
    code, out, err = live.run("show", "--last", "--json")
    check("show " + err, code, 0)
    check("kept", [m["role"] for m in json.loads(out)], ["user", "assistant"])


def part_schema(live, url):
    """A grammar keeps any model to the schema."""
    path = live.folder + "/schema.json"
    with open(path, "w", encoding="utf-8") as f:
        json.dump(SCHEMA, f)
    code, out, err = live.run("-e", url, "-n", "200", "--schema", path,
                              "Is all well?")
    check("exit " + err, code, 0)
    has("answer", ("yes", "no"), json.loads(out)["fine"])


def part_window(live, url):
    """Too long a prompt, and a reply to the end of the window."""
    code, _, err = live.run("-e", url, "What?", stdin="one more " * 4 * SLOT)
    check("exit " + err, code, 12)
    has("said", err, f"{SLOT}")
    code, _, err = live.run("-e", url, "--param", "ignore_eos=true", "Go on.")
    check("exit " + err, code, 0)
    has("said", err, "its window is full")
    with open(live.folder + "/talk", "w", encoding="utf-8") as f:
        f.write("Go on.\n/continue\n")
    config = live.folder + "/config/atllama"
    os.makedirs(config, 0o700, exist_ok=True)
    with open(config + "/config", "w", encoding="utf-8") as f:
        f.write(f'endpoint here {{ url = "{url}" context = {SLOT} }}\n')
    code, _, err = live.run("-e", "here", "--param", "ignore_eos=true",
                            "--script", "talk")
    check("exit " + err, code, 12)
    has("said", err, f"the window of {SLOT} tokens is full")
    has("said", err, "cannot be gone on with")


def part_many(live, url):
    """More at once than there are slots."""
    lines = "".join(json.dumps({"id": f"q{i}", "prompt": f"Count to {i}."})
                    + "\n" for i in range(24))
    code, out, err = live.run("batch", "-", "--jobs", "8", "-n", "8", "-e",
                              url, stdin=lines)
    check("exit " + err, code, 0)
    check("answers", len(out.splitlines()), 24)


def part_killed(live, url):
    """The server is killed while it answers, and is gone after that."""
    llama = Llama(live).wait()
    try:
        p = live.start("-e", llama.url, "-n", "100000", "--param",
                       "ignore_eos=true", "Go on.", bufsize=0)
        p.stdin.close()
        p.stdin = None
        first = p.stdout.read(1)
        llama.process.send_signal(signal.SIGSTOP)
    finally:
        llama.end()
    out, err = p.communicate(timeout=WAIT)
    check("exit " + err.decode(), p.returncode, 9)
    code, shown, _ = live.run("show", "--last", "--json")
    check("kept", json.loads(shown)[-1]["content"].strip(),
          (first + out).decode().strip())
    code, _, err = live.run("--retries", "0", "-e", llama.url, "hi")
    check("exit " + err, code, 7)


def part_key(live, url):
    """A server that wants a key, asked while it loads its model."""
    llama = Llama(live, "--api-key", KEY)
    try:
        llama.wait((200, 503))
        code, _, err = live.run("-e", llama.url, "-n", "4", "hi", key=KEY)
        check("exit " + err, code, 0)
        llama.wait()
        code, _, err = live.run("-e", llama.url, "-n", "4", "hi", key="wrong")
        check("exit " + err, code, 4)
        has("said", err, "401")
    finally:
        llama.end()


PARTS = [part_names, part_answer, part_schema, part_window, part_many,
         part_killed, part_key]


def play(options, folder):
    live = Live(options, folder)
    failed = 0
    llama = Llama(live)
    try:
        llama.wait()
        for part in PARTS:
            try:
                part(live, llama.url)
                print("ok    ", part.__doc__, flush=True)
            except Broken as e:
                failed += 1
                print("FAILED", part.__doc__, "\n  ", e, flush=True)
    finally:
        llama.end()
    print(f"{len(PARTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    p = argparse.ArgumentParser(description="atllama against llama-server")
    p.add_argument("--program", required=True)
    p.add_argument("--llama-server", default=os.environ.get("LLAMA_SERVER")
                   or shutil.which("llama-server"))
    p.add_argument("--model", default=os.environ.get("MODEL"))
    p.add_argument("--keep", action="store_true",
                   help="leave the folder, with llama.log, and say where")
    options = p.parse_args()
    if not options.llama_server or not options.model:
        print("skipped: LLAMA_SERVER (or llama-server in PATH) and MODEL, a "
              ".gguf file, are needed")
        return 0
    folder = tempfile.mkdtemp(prefix="atl-live-")
    try:
        return play(options, folder)
    finally:
        if options.keep:
            print("kept in", folder)
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
