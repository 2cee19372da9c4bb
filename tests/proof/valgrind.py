#!/usr/bin/env python3
"""What people do all day, under valgrind: no error, and no block that is lost.

Questions and going on, a chat on a terminal, a server with a request, a batch,
a task in steps, keys, and the verbs that write conversations anew. Each run has
to end without a word of valgrind's.
"""
import http.client
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time

import bed
from bed import Broken

OPTIONS = ["-q", "--leak-check=full",
           "--show-leak-kinds=definite,indirect",
           "--errors-for-leak-kinds=definite,indirect"]
PLAN = {"simple": False, "goal": "A picnic", "readings": [], "questions": [],
        "assumptions": [], "requirements": [],
        "steps": [{"id": "food", "title": "Food", "needs": [],
                   "instruction": "List the food."},
                  {"id": "time", "title": "Time", "needs": ["food"],
                   "instruction": "Make a time table."}]}
STREAM = "header Content-Type: text/event-stream"
TASK = ["answer POST /v1 having Plan how to carry out", STREAM,
        "chat " + json.dumps(PLAN), "finish", "usage 10 5", "done",
        "answer POST /v1", STREAM, "chat Bread, and **then** a walk.",
        "finish", "done"]


class Watched:
    """A home whose program runs under valgrind."""

    def __init__(self, args, folder, server):
        tools = bed.Tools(args)
        self.logs = folder + "/logs"
        os.makedirs(self.logs)
        wrapper = folder + "/atllama"
        with open(wrapper, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nexec valgrind %s --log-file='%s/%%p' '%s' "
                    "\"$@\"\n" % (" ".join(OPTIONS), self.logs,
                                  tools.program))
        os.chmod(wrapper, 0o700)
        tools.program = wrapper
        self.home = bed.Home(tools, folder + "/home", server)
        self.runs = 0

    def said(self, what):
        """Nothing was, by valgrind."""
        self.runs += 1
        for name in sorted(os.listdir(self.logs)):
            path = self.logs + "/" + name
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read()
            os.unlink(path)
            if text:
                raise Broken("%s:\n%s" % (what, text))

    def must(self, *args, **how):
        result = self.home.must(*args, **how)
        self.said(" ".join(args)[:100])
        return result


def until(what, condition):
    end = time.monotonic() + bed.WAIT
    while not condition():
        if time.monotonic() > end:
            raise Broken("waited in vain: " + what)
        time.sleep(0.05)


def chat(w):
    """Two questions on a terminal, the second typed while the first is
    answered, and the end."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(w.home.path)
        os.execve(w.home.tools.program, ["atllama", "-c"],
                  dict(w.home.env, TERM="xterm"))
    seen = bytearray()

    def read():
        if select.select([fd], [], [], 0.05)[0]:
            try:
                seen.extend(os.read(fd, 65536))
            except OSError:
                return False
        return True

    def wait(what, text, times):
        until(what, lambda: read() and seen.count(text) >= times)

    wait("the prompt", b"> ", 1)
    os.write(fd, b"word-one\r")
    wait("the first answer", b"word-one", 2)
    os.write(fd, b"word-two\r")
    wait("the second answer", b"word-two", 2)
    os.write(fd, b"/show\r/list\r/quit\r")
    until("the end", lambda: not read())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    if code != 0:
        raise Broken("the chat ended with %d: %r" % (code, bytes(seen)))
    w.said("a chat")


def serve(w):
    """A request that is answered at once and one that streams, then the end."""
    log = w.home.path + "/serve.log"
    with open(log, "wb") as f:
        process = subprocess.Popen(
            [w.home.tools.program, "serve", "--listen", "127.0.0.1:0"],
            env=w.home.env, stderr=f, stdin=subprocess.DEVNULL)

    def text():
        with open(log, encoding="utf-8") as f:
            return f.read()

    try:
        until("the server", lambda: "serving on " in text() or
              process.poll() is not None)
        if process.poll() is not None:
            raise Broken("the server ended: " + text())
        where = text().split("serving on ")[1].split(";")[0].strip()
        token, = [p for p in w.home.files() if p.endswith("token")]
        with open(token, encoding="ascii") as f:
            head = {"Authorization": "Bearer " + f.read().strip(),
                    "Content-Type": "application/json"}
        for path, body, wanted in (
                ("/agents/llama/completion",
                 {"message": "served", "thread_id": "t"}, b"served"),
                ("/agents/llama/stream-completion",
                 {"message": "streamed", "thread_id": "t"}, b"streamed"),
                ("/v1/chat/completions",
                 {"model": "llama", "stream": True, "messages": [
                     {"role": "user", "content": "served"}]}, b"served"),
                ("/v1/chat/completions", {"model": "llama"}, b"missing")):
            c = http.client.HTTPConnection(
                "127.0.0.1", int(where.rsplit(":", 1)[1]), timeout=bed.WAIT)
            c.request("POST", path, json.dumps(body), head)
            answer = c.getresponse()
            data = answer.read()
            c.close()
            if wanted not in data:
                raise Broken("%s: %s %r" % (path, answer.status, data))
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=bed.WAIT)
    if code != 0:
        raise Broken("the server ended with %d: %s" % (code, text()))
    w.said("serve")


def batch(w):
    path = w.home.path + "/in.jsonl"
    with open(path, "w", encoding="ascii") as f:
        for i in range(20):
            f.write(json.dumps({"id": i, "message": "line %d" % i}) + "\n")
    result = w.must("batch", path, "--jobs", "4")
    if len(result.out.splitlines()) != 20:
        raise Broken("batch: %s" % result)


def keys(w):
    """In a home with a passphrase."""
    w.home.passphrase = b"the first pass phrase"
    w.must("key", "init", "passphrase", "--kdf", "minimal", "-q")
    w.must(*bed.QUIET, "ask", "hello")
    stdin = w.home.passphrase + b"\nanother pass phrase\n"
    w.must("key", "passwd", "--kdf", "minimal", "--passphrase-fd", "0",
           stdin=stdin)
    w.home.passphrase = b"another pass phrase"
    w.must(*bed.QUIET, "-c", "ask", "hello")
    result = w.home.run("list", "--passphrase-fd", "0", stdin=b"wrong one\n")
    w.said("a wrong passphrase")
    if result.code != 13:
        raise Broken("a wrong passphrase: %s" % result)


def daily(w):
    path = w.home.path + "/export.json"
    w.must("ask", "hello")
    w.must("-c", "ask", "and again")
    w.must("--json", "ask", "another")
    w.must("rename", "--last", "the title")
    w.must("search", "again")
    w.must("list")
    w.must("show", "--last")
    w.must("export", "--last", "--json", "-o", path)
    w.must("import", path)
    w.must("key", "set", "somewhere", stdin=b"sk-0123456789\n")
    w.must("key", "status")
    w.must("key", "rotate", "--yes")
    w.must("compact")
    w.must("delete", "--yes", "hello")
    w.must("verify")


def run(tools, folder, args):
    if shutil.which("valgrind") is None:
        print("valgrind is not installed")
        sys.exit(77)
    os.mkdir(folder + "/task")
    server = bed.Server(tools, folder)
    planned = bed.Server(tools, folder + "/task", TASK)
    try:
        w = Watched(args, folder + "/one", server)
        progress = bed.Progress(args)
        for part in (daily, chat, serve, batch):
            part(w)
            progress.tell("%d runs", w.runs)
        w.home.env["LLAMA_MODEL_ENDPOINT"] = planned.url
        w.must("task", "--yes", "plan a picnic")
        other = Watched(args, folder + "/two", server)
        keys(other)
    finally:
        server.end()
        planned.end()
    return "%d runs, no error and no lost block" % (w.runs + other.runs)


if __name__ == "__main__":
    sys.exit(bed.main(run, __doc__))
