#!/usr/bin/env python3
"""Plays sessions of the chat on a pseudo-terminal.

    run.py --program ATLLAMA --server ATL-SERVER --pty ATL-PTY [-k WORD] FILE...

The files are those of tests/case/run.py, with its steps and checks, and:

    local PORT          like server, on that port; the case is skipped when the
                        port is in use
    size COLSxROWS      of the terminals of this case, 80x24 unless told
    play [WORDS...]     runs the program with these words on a terminal; the
                        indented lines are a script of atl-pty (tests/tool),
                        in which $-words are replaced, "prompt" expects the
                        next prompt, and "learned N TEXT" at a prompt waits
                        until N answers to main's "METHOD PATH" with TEXT
                        have been taken in. out-has and out-lacks then look at
                        all that was written to the terminal.
    play-aside [WORDS...]  the same in the background, until "join"
    join
    vault               makes the key file, as Enter at the first start does
    connections M:N...  the methods of all requests to main, and the number of
                        the connection each came on
    hostile PLACE       plays chats that are given every text of hostile.txt
                        at that place: reply, error, model or title. out-has
                        and the like look at all that was written in them.
  and checks of the last play:
    screen-has TEXT | screen-lacks TEXT
    screen-shows        the indented lines stand there one below the other; ~
                        is an empty one
    screen-fits N       no line is longer than N columns
    no-escapes          no escape sequence at all was written, nor any other
                        control but CR LF, BEL, BS and TAB
    tame                nothing that hostile.txt holds was written as it is,
                        and the terminal is as it was but for the text on it

The screen is that of a real terminal, see screen.py; without one these checks
are left out, and how many is said.
"""
import argparse
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "case"))

import screen  # noqa: E402
from run import Case, Failure, Tools, WAIT, new_folder, parse  # noqa: E402
from run import run_case, unescape  # noqa: E402


class Skip(Exception):
    pass


# What atllama and readline may write: styles, erasing, moves within the line,
# and brackets around pastes.
OWN = re.compile(rb"\033\[(\?2004[hl]|[0-9;]*m|[0-9]*[ABCDGKJP@])")
# Code points that act on a terminal or hide text, but for the line's own.
ACTING = re.compile("[\0-\6\13\14\16-\32\34-\37\177-\x9f\u061c\u200b\u200e\u200f"
                    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
                    "\ue000-\uf8ff\U000e0000-\U000e0fff]")


def payloads():
    with open(os.path.join(HERE, "hostile.txt"), encoding="utf-8") as f:
        return [unescape(line.rstrip("\n")) for line in f
                if line.strip() and not line.startswith("# ")]


def script_text(data):
    """As it is written in a script of atl-server."""
    return "".join(chr(b) if 32 < b < 127 and b != 92 else "\\x%02x" % b
                   for b in data)


def json_string(data):
    """A JSON string with those bytes, well formed or not."""
    out = bytearray(b'"')
    for b in data:
        if b < 32:
            out += b"\\u%04x" % b
        elif b in b'"\\':
            out += bytes((92, b))
        else:
            out.append(b)
    return bytes(out) + b'"'


def sse(fields):
    return "sse " + script_text(b"{" + fields + b"}")


def reply_block(text, model=b"m"):
    return ["answer POST /v1/chat/completions", "header Content-Type: text/event-stream",
            sse(b'"model":' + json_string(model)
                + b',"choices":[{"index":0,"delta":{"content":'
                + json_string(text) + b"}}]"),
            "finish", "done"]


def error_block(text):
    return ["answer POST /v1/chat/completions", "status 400 Bad Request",
            "header Content-Type: application/json",
            "body " + script_text(b'{"error":{"message":'
                                  + json_string(text) + b"}}")]


def play_lines(step):
    """The lines of atl-pty for a step of a play."""
    word, _, rest = step.partition(" ")
    if step == "prompt":
        return ["expect  > "]
    if word == "learned":
        n, _, text = rest.partition(" ")
        # The answer is there before the key: whoever shows the key has read
        # both, in one turn of its loop.
        return [f"await-in {n} $DONE {text}", "send ~", "expect ~",
                "send \\x7f"]
    return [step]


class Session(Case):
    left_out = 0  # checks, for want of a terminal

    def __init__(self, tools, folder):
        super().__init__(tools, folder)
        self.env["INPUTRC"] = "/dev/null"
        self.env["TERM"] = "xterm-256color"
        self.env["PAGER"] = "cat"
        self.size = (80, 24)
        self.aside = None
        self.shown = None

    # -- servers

    def start_server(self, name, script, options=()):
        """A chat asks for the models by itself, whenever it comes to it."""
        if not any("/v1/models" in line for line in script):
            script = script + ["answer GET /v1/models",
                               "status 404 Not Found"]
        super().start_server(name, script, options)

    def requests(self, name):
        return [r for r in super().requests(name) if b" GET /v1/models" not in
                r.split(b"\n")[0]]

    def do_connections(self, rest, block):
        """Which connection each request came on, GETs of models included."""
        seen = [r.split() for r in super().requests("")]
        got = " ".join("%s:%s" % (r[2].decode(), r[1].decode()) for r in seen)
        self.check(got == rest, "they are " + got)

    # -- playing

    def start_play(self, rest, block, name):
        transcript = os.path.join(self.folder, name)
        argv = [self.tools.pty, "-s", "%dx%d" % self.size,
                "-T", transcript, "-", self.tools.program]
        argv += shlex.split(self.fill(rest))
        process = subprocess.Popen(argv, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=self.env,
                                   cwd=self.home, start_new_session=True)
        steps = [line for step in block for line in play_lines(step)]
        process.stdin.write(self.fill("\n".join(steps) + "\n").encode())
        process.stdin.close()
        process.stdin = None
        return process, transcript

    def end_play(self, process, transcript):
        _, self.err = process.communicate(timeout=10 * WAIT)
        self.shown = None
        if os.path.exists(transcript):
            with open(transcript, "rb") as f:
                self.out = f.read()
        if process.returncode != 0:
            said = self.err.decode("utf-8", "replace")[-6000:]
            self.out = self.err = b""
            raise Failure(said)

    def play(self, rest, block):
        self.end_play(*self.start_play(rest, block, "transcript"))

    def do_play(self, rest, block):
        self.play(rest, block)

    def do_play_aside(self, rest, block):
        self.aside = self.start_play(rest, block, "aside")

    def do_join(self, rest, block):
        aside, self.aside = self.aside, None
        self.end_play(*aside)

    def do_size(self, rest, block):
        columns, _, rows = rest.partition("x")
        self.size = (int(columns), int(rows))

    def do_local(self, rest, block):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", int(rest)))
            except OSError as e:
                raise Skip("port %s: %s" % (rest, e)) from e
        self.start_server("local", block, ("--port", rest))

    # -- hostile texts

    def chat_of(self, blocks, name):
        self.start_server(name, [line for b in blocks for line in b])
        url = self.words["URL_" + name]
        script = ["prompt"]
        for i in range(len(blocks)):
            script += ["line ask %d" % i, "expect ask %d" % i,
                       "prompt"]
        script += ["line /show", "prompt", "line /quit",
                   "expect-exit 0", "modes original"]
        self.play("-e %s --retries 0" % url, script)

    def hostile_reply(self):
        self.chat_of([reply_block(p + b" end\n") for p in payloads()],
                     "reply")

    def hostile_error(self):
        self.chat_of([error_block(p) for p in payloads()], "error")

    def hostile_model(self):
        seen = b""
        self.start_server("model", [line for p in payloads()
                                    for line in reply_block(b"fine", p)])
        for p in payloads():
            self.env["LLAMA_MODEL"] = os.fsdecode(p.replace(b"\0", b""))
            self.play("-e " + self.words["URL_model"],
                      ["prompt", "line ask", "expect fine",
                       "prompt", "line /agents", "prompt",
                       "line /model", "prompt", "line /usage",
                       "prompt", "line /quit", "expect-exit 0"])
            seen += self.out
        self.out = seen

    def hostile_title(self):
        self.start_server("title", reply_block(b"fine"))
        url = self.words["URL_title"]
        for p in payloads():
            text = os.fsdecode(p.replace(b"\0", b""))
            self.run("-e %s -- %s" % (url, shlex.quote(text)))
        steps = ["prompt", "line /list", "prompt"]
        for i in range(1, 30):
            steps += ["line /resume %d" % i, "expect Going on",
                      "prompt", "line /threads", "prompt"]
        steps += ["send /resume \\t\\t", "sleep 300", "send \\x03",
                  "expect ^C", "prompt", "line /quit", "expect-exit 0"]
        self.play("-e " + url, steps)
        seen = self.out
        self.play("list", ["expect-exit 0"])
        self.out = seen + self.out

    def do_vault(self, rest, block):
        self.play("-e http://127.0.0.1:9/v1", [
            "expect New passphrase:", "line", "prompt", "eof",
            "expect-exit 0"])

    def do_hostile(self, rest, block):
        self.do_vault("", [])
        getattr(self, "hostile_" + rest)()

    # -- checks

    def look(self):
        if self.shown is None and screen.available():
            self.shown = screen.replay(self.out, *self.size, self.folder)
        if self.shown is None:
            Session.left_out += 1
        return self.shown

    def screen_check(self, ok, what):
        shown = self.look()
        if shown is not None and not ok(shown):
            raise Failure("%s; the screen:\n%s" % (what,
                                                   shown.text.rstrip()))

    def do_screen_has(self, rest, block):
        self.screen_check(lambda s: rest in s.text, "it is not shown")

    def do_screen_lacks(self, rest, block):
        self.screen_check(lambda s: rest not in s.text, "it is shown")

    def do_screen_shows(self, rest, block):
        want = "\n".join("" if line == "~" else line for line in block)
        self.screen_check(lambda s: want in s.text, "they are not shown")

    def do_screen_fits(self, rest, block):
        self.screen_check(lambda s: max(map(len, s.lines)) <= int(rest),
                          "a line is longer")

    def do_no_escapes(self, rest, block):
        found = re.findall(rb"[^\x20-\x7e\x80-\xff\r\n\a\b\t]", self.out)
        self.check(found == [], "there are %r" % found[:9])

    def do_tame(self, rest, block):
        text = OWN.sub(b"", self.out)
        at = text.find(b"\033")
        self.check(at < 0, "foreign: %r" % text[at:at + 40])
        text = text.decode("utf-8", "replace")
        for found in ACTING.finditer(text):
            self.check(False, "foreign: %r" %
                       text[max(0, found.start() - 20):found.start() + 20])
        for p in payloads():
            for style in re.findall(rb"\033\[[0-9;:]*m", p):
                self.check(style not in self.out, "a style: %r" % style)
            for line in p.split(b"\n"):
                self.check(line.isascii() and line.decode().isprintable()
                           or line not in self.out, "as it is: %r" % line)
        shown = self.look()
        if shown is not None:
            self.check(shown.changes() == "", shown.changes())

    def end(self):
        if self.aside is not None:
            self.aside[0].kill()
            self.aside[0].wait()
        super().end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--pty", required=True)
    parser.add_argument("-k", default="", help="only cases with this word")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    args.make_ca = ""
    folder = new_folder(tempfile.gettempdir(), "atl-repl-")
    tools = Tools(args, folder)
    tools.pty = os.path.abspath(args.pty)
    passed = failed = skipped = 0
    try:
        for path in args.files:
            for name, _, steps in parse(path):
                if args.k not in name:
                    continue
                try:
                    problem = run_case(tools, folder, name, steps, Session)
                except Skip as e:
                    print("skipped %s: %s" % (name, e))
                    skipped += 1
                    continue
                passed += problem is None
                failed += problem is not None
                if problem is not None:
                    print("FAILED %s: %s\n  %s" % (os.path.basename(path),
                                                   name, problem))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if Session.left_out:
        print("%d checks of the screen left out: there is no tmux"
              % Session.left_out)
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed or not passed + skipped else 0


if __name__ == "__main__":
    sys.exit(main())
