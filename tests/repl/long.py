#!/usr/bin/python3
"""A long chat on a pseudo-terminal, at random.

    long.py --program ATLLAMA --show RENDER_SHOW [--seconds N] [--seed N] [-v]

Asks, pastes, edits, stops, resizes, shows, leaves and comes back, and after
each step looks at what an emulator of a terminal has: everything that scrolled
away and all that is on the screen must be the prompt, what was typed, the reply
as tests/render knows it (render_show), and the next prompt, each once and
nothing else. The server is in here: it knows which messages it got.

What other chat programs are known for is asked for by name in WANTED; the run
fails when one of them never came up. Exits 77 without pyte.
"""
import argparse
import fcntl
import glob
import http.server
import json
import os
import pty
import random
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "render"))

# Without pyte this exits.
from run import Screen, SGR  # noqa: E402
import pyte  # noqa: E402

WAIT = 60
# What this is started by may ignore them (nohup, a shell in the background), and
# the chat would have that of us.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
SIZES = ((80, 24), (40, 24), (200, 50), (57, 13), (80, 8))
PROMPT = " > "
CODE = ("Here it is:\n\n```make\nall: a.o b.o\n\tcc -o $@ $^\n\n"
        "clean:\n\trm -f *.o\n\t@echo \"done\tnow\"\n```\n\nThat is all.")
TABLE = ("| name of the thing | what it is good for | remarks |\n"
         "|---|---|---|\n"
         "| alphabetical | sorting words in dictionaries | nothingspecial |\n"
         "| numerical | counting | withoutanyblankinitthatcouldbeused |\n")
WANTED = {
    "lines double after a wrap", "tabs are lost in code", "table cells are cut",
    "a paste is several messages", "a long reply is cut to the screen",
    "the terminal stays raw", "a stopped reply is lost",
    "what is typed meanwhile is lost", "a resumed chat is another",
    "a resize eats lines",
}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = ("First.", 0, False)  # text, pause between pieces, endless
        self.asked = []
        self.seed = 0
        self.sent = ""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        request = json.loads(self.rfile.read(size))
        self.server.asked.append(request["messages"])
        text, pause, endless = self.server.reply
        rng = random.Random(self.server.seed)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.server.sent = ""
        at = 0
        try:
            while at < len(text):
                n = rng.choice((1, 1, 2, 3, 5, 8, 40))
                self.piece({"content": text[at:at + n]})
                self.server.sent += text[at:at + n]
                at += n
                if pause:
                    time.sleep(pause)
            while endless:
                time.sleep(0.05)
                self.wfile.write(b": still here\n\n")
                self.wfile.flush()
            self.piece({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            pass
        self.close_connection = True

    def piece(self, delta, finish=None):
        self.wfile.write(b"data: " + json.dumps(
            {"model": "m", "choices": [{"index": 0, "delta": delta,
                                        "finish_reason": finish}]}).encode()
            + b"\n\n")
        self.wfile.flush()


class Wrong(Exception):
    pass


def squeezed(*texts):
    """Them as one, without blanks."""
    return "".join("".join(texts).split())


class Chat:
    """The program on a terminal, and what it has shown so far."""

    def __init__(self, args, env, size):
        self.args = args
        self.env = env
        self.size = size
        self.pid = None

    def start(self, *words):
        here, there = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Until the size is set and the terminal was looked at.
            os.read(here, 1)
            os.execve(self.args.program, ["atllama", *words], self.env)
        self.before = termios.tcgetattr(self.fd)
        self.raw = b""
        self.mark = 0
        self.resize(self.size)
        os.write(there, b"x")
        os.close(here)
        os.close(there)
        self.until(self.at_prompt, "the first prompt")

    def fresh(self):
        """Another emulator; pyte does not break lines anew."""
        self.screen = Screen(*self.size, history=1000000, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)

    def resize(self, size):
        self.size = size
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", size[1], size[0], 0, 0))
        self.fresh()

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data:
            raise Wrong("it ended")
        self.raw += data
        self.stream.feed(data)
        return True

    def until(self, ready, what):
        """Reads until it has answered, is ready, and nothing more comes."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            if not self.read(0.03) and len(self.raw) > self.mark and ready():
                return
        raise Wrong("no %s; the screen:\n%s" % (what, "\n".join(self.lines())))

    def at_prompt(self):
        s = self.screen
        row = "".join(s.buffer[s.cursor.y][x].data
                      for x in range(s.columns)).rstrip()
        return row.endswith(PROMPT.rstrip())

    def rows(self):
        s = self.screen
        return list(s.history.top) + [s.buffer[y]
                                      for y in range(s.cursor.y + 1)]

    def lines(self):
        width = self.screen.columns
        return ["".join(row[x].data for x in range(width)).rstrip()
                for row in self.rows()]

    def send(self, text):
        self.mark = len(self.raw)
        data = text.encode()
        while data:
            data = data[os.write(self.fd, data[:512]):]
            self.read(0)

    def end(self, how=None):
        """Leaves; the terminal is as it was."""
        if how is None:
            self.send("\x04")
        else:
            os.kill(self.pid, how)
        try:
            while True:
                self.read(WAIT)
        except Wrong:
            pass
        after = termios.tcgetattr(self.fd)
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        os.close(self.fd)
        if after != self.before:
            raise Wrong("the terminal is not as it was")
        if how is None and status != 0:
            raise Wrong("it ended with %d" % status)
        if how == signal.SIGKILL:
            raise Wrong("nobody asked for that")

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


class Run:
    def __init__(self, args, folder):
        self.args = args
        self.rng = random.Random(args.seed)
        self.seen = set()
        self.steps = 0
        self.number = 0
        self.server = Server()
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        env = {k: v for k, v in os.environ.items()
               if not re.search("LLAMA|KEY|NO_COLOR|ACCESS|XDG|proxy", k)}
        env.update(HOME=folder, TERM="xterm-256color", PAGER="cat",
                   INPUTRC="/dev/null", LANG="C.UTF-8",
                   XDG_CONFIG_HOME=folder + "/config",
                   XDG_DATA_HOME=folder + "/data",
                   LLAMA_MODEL_ENDPOINT="http://127.0.0.1:%d/v1"
                   % self.server.server_port)
        os.makedirs(folder + "/config/atllama", mode=0o700)
        with open(folder + "/config/atllama/config", "w",
                  encoding="utf-8") as f:
            f.write("defaults { status = off warm = no }\n")
        # Makes the key file, as Enter at the first start does.
        subprocess.run([args.program, "-q", "--no-stdin", "first"], env=env,
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.server.asked.clear()
        self.replies = []
        for path in sorted(glob.glob(os.path.join(
                HERE, "..", "golden", "render", "*.md"))):
            # pyte and terminals differ about emoji that are several.
            if os.path.basename(path) in ("hostile.md", "broken.md",
                                          "emoji.md"):
                continue
            with open(path, encoding="utf-8") as f:
                self.replies.append(f.read())
        self.chat = Chat(args, env, self.rng.choice(SIZES))

    # -- what must be on the screen

    def rendered(self, text, width):
        out = subprocess.run([self.args.show, str(width), "2"],
                             input=text.encode(), check=True,
                             stdout=subprocess.PIPE).stdout.decode()
        return SGR.sub("", out).split("\n")[:-1]

    def on_screen(self, lines):
        """Lines as a terminal of this width breaks them."""
        s = Screen(*self.chat.size, history=1000000, ratio=0.5)
        pyte.Stream(s).feed("\r\n".join(lines))
        rows = list(s.history.top) + [s.buffer[y]
                                      for y in range(s.cursor.y + 1)]
        return ["".join(row[x].data for x in range(s.columns)).rstrip()
                for row in rows]

    def same(self, start, want, what):
        got = self.chat.lines()[start:]
        want = self.on_screen(want)
        if got == want:
            return
        for n, (a, b) in enumerate(zip(got + ["-"] * len(want),
                                       want + ["-"] * len(got))):
            if a != b:
                raise Wrong("%s: line %d of %d is %r, not %r\n%s" % (
                    what, n, len(want), a, b,
                    "\n".join(got[max(0, n - 5):n + 6])))

    # -- steps

    def ask(self, text, reply, pause=0.0):
        """One question and its reply; all that is shown is looked at."""
        chat = self.chat
        start = len(chat.lines()) - 1
        prompt = chat.lines()[start] + " "
        self.server.reply = (reply, pause, False)
        self.server.seed = self.rng.random()
        asked = len(self.server.asked)
        chat.send(text + "\r")
        chat.until(lambda: chat.at_prompt() and
                   len(self.server.asked) > asked and
                   self.server.sent == reply, "reply")
        self.same(start, [prompt + text]
                  + self.rendered(reply, chat.size[0])
                  + ["", chat.lines()[-1] + " "], "after %r" % text[:30])
        return self.server.asked[-1][-1]["content"]

    def question(self):
        self.number += 1
        return "question %d" % self.number

    def step_reply(self):
        self.ask(self.question(), self.rng.choice(self.replies),
                 self.rng.choice((0, 0, 0.001)))

    def step_long_line(self):
        """Longer than the screen is wide, in one line of input."""
        words = " ".join("word%d" % i for i in range(self.rng.randint(20, 60)))
        if self.ask(words, "Yes.") != words:
            raise Wrong("a long line came in as another")
        self.seen.add("lines double after a wrap")

    def step_code(self):
        self.ask(self.question(), CODE)
        for line in CODE.split("\n"):
            if "\t" in line and line not in SGR.sub(
                    "", self.chat.raw.decode("utf-8", "replace")):
                raise Wrong("%r has lost its tabs" % line)
        self.seen.add("tabs are lost in code")

    def step_table(self):
        self.ask(self.question(), TABLE)
        text = "".join(self.chat.lines()[-40:])
        text = re.sub("[^a-z]", "", text)
        for word in ("alphabetical", "dictionaries", "remarks"):
            if self.chat.size[0] >= 57 and word not in text:
                raise Wrong("%r is cut in the table" % word)
        self.seen.add("table cells are cut")

    def step_numbers(self):
        """More lines than the screen has, all of them in the scrollback."""
        n = self.rng.randint(60, 300)
        self.ask(self.question(),
                 "\n".join("line %d of them" % i for i in range(n)))
        self.seen.add("a long reply is cut to the screen")

    def step_paste(self):
        lines = ["/quit is line %d" % i for i in range(
            self.rng.choice((2, 5, 100)))]
        text = "\n".join(lines)
        asked = len(self.server.asked)
        self.server.reply = ("Seen.", 0, False)
        chat = self.chat
        chat.send("\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~")
        chat.until(lambda: True, "paste")
        if len(self.server.asked) != asked:
            raise Wrong("a paste was sent by itself")
        chat.send("\r")
        chat.until(lambda: chat.at_prompt() and
                   len(self.server.asked) > asked, "reply to a paste")
        if len(self.server.asked) != asked + 1:
            raise Wrong("a paste became several messages")
        if self.server.asked[-1][-1]["content"] != text:
            raise Wrong("a paste came in as another text")
        chat.fresh()
        self.redraw()
        self.seen.add("a paste is several messages")

    def step_stop(self):
        chat = self.chat
        start = len(chat.lines()) - 1
        prompt = chat.lines()[start] + " "
        text = self.question()
        part = "The beginning of a reply"
        self.server.reply = (part, 0, True)
        chat.send(text + "\r")
        chat.until(lambda: "The beginning" in "\n".join(chat.lines()),
                   "beginning")
        chat.send("\x03")
        chat.until(chat.at_prompt, "prompt after Ctrl-C")
        # Wherever the lines were broken, and however much had come.
        got = squeezed(*chat.lines()[start:])
        if got.count("Thebeginning") != 1 or "stopped" not in got or \
                not got.startswith(squeezed(prompt, text)):
            raise Wrong("after Ctrl-C:\n" + got)
        self.server.reply = (" and its end.", 0, False)
        asked = len(self.server.asked)
        chat.send("/continue\r")
        chat.until(lambda: chat.at_prompt() and
                   len(self.server.asked) > asked, "rest")
        if "and its end." not in "\n".join(chat.lines()):
            raise Wrong("the rest is not shown")
        chat.fresh()
        chat.send("/show\r")
        chat.until(lambda: chat.at_prompt() and
                   "its end." in "\n".join(chat.lines()), "show")
        shown = squeezed(*chat.lines())
        if not any(squeezed(part[:n], " and its end.") in shown
                   for n in range(len("The beginning"), len(part) + 1)):
            raise Wrong("the two parts are not one reply:\n"
                        + "\n".join(chat.lines()[-12:]))
        chat.fresh()
        self.redraw()
        self.seen.add("a stopped reply is lost")

    def step_ahead(self):
        """Typed while a reply streams: the next message, whole."""
        chat = self.chat
        first, second = self.question(), self.question()
        reply = "one two three four five six seven eight nine ten " * 3
        self.server.reply = (reply, 0.003, False)
        asked = len(self.server.asked)
        chat.send(first + "\r")
        chat.until(lambda: "three" in "\n".join(chat.lines()), "beginning")
        chat.send(second + "\r")
        chat.until(lambda: chat.at_prompt() and
                   len(self.server.asked) == asked + 2, "both replies")
        if self.server.asked[-1][-1]["content"] != second:
            raise Wrong("typed ahead: %r" % self.server.asked[-1][-1])
        chat.fresh()
        self.redraw()
        self.seen.add("what is typed meanwhile is lost")

    def step_edit(self):
        """Keys in a line: moves, deletions, history, a line thrown away."""
        chat = self.chat
        word = self.question()
        chat.send("thrown away\x03")
        chat.until(chat.at_prompt, "prompt after Ctrl-C")
        chat.fresh()
        self.redraw()
        chat.send("XY" + word + "\x01\x1b[C\x1b[3~\x1b[D\x1b[3~\x05!")
        chat.until(lambda: self.typed(word + "!"), "line")
        self.server.reply = ("Edited.", 0, False)
        asked = len(self.server.asked)
        chat.send("\r")
        chat.until(lambda: chat.at_prompt() and
                   len(self.server.asked) > asked, "reply")
        chat.send("\x1b[A")
        chat.until(lambda: self.typed(word + "!"), "history")
        chat.send("\x03")
        chat.until(chat.at_prompt, "prompt after Ctrl-C")
        if self.server.asked[-1][-1]["content"] != word + "!":
            raise Wrong("edited to %r" % self.server.asked[-1][-1])
        chat.fresh()
        self.redraw()

    def step_resize(self):
        """In the middle of a reply: no word is lost and none comes twice."""
        chat = self.chat
        words = ["w%dx" % i for i in range(150)]
        reply = " ".join(words)
        self.server.reply = (reply, 0.001, False)
        asked = len(self.server.asked)
        begin = len(chat.raw)
        chat.send(self.question() + "\r")
        for _ in range(3):
            chat.read(0.1)
            chat.resize(self.rng.choice(SIZES))
        chat.until(lambda: len(self.server.asked) > asked and
                   self.server.sent == reply and chat.at_prompt(), "reply")
        # One that was under way may have been broken in two.
        got = re.findall(r"w\d+x", re.sub(
            r"\s", "", chat.raw[begin:].decode("utf-8", "replace")))
        if got != words:
            raise Wrong("words after a resize: %r" % got)
        # At the prompt as well, with something typed.
        chat.send("half a line")
        chat.until(lambda: self.typed("half a line"), "line")
        # The same size again would be no change to tell of.
        chat.resize(self.rng.choice([s for s in SIZES if s != chat.size]))
        chat.until(lambda: self.typed("half a line"), "line")
        chat.send("\x15")
        chat.until(chat.at_prompt, "prompt")
        chat.fresh()
        self.redraw()
        self.seen.add("a resize eats lines")

    def step_again(self):
        """Leaves, one way or another, and comes back to the same."""
        last = self.question()
        self.ask(last, "The last thing said.")
        n = len(self.server.asked[-1])
        self.chat.end(self.rng.choice(
            (None, None, signal.SIGTERM, signal.SIGHUP)))
        self.seen.add("the terminal stays raw")
        self.chat.size = self.rng.choice(SIZES)
        self.chat.start("-c")
        text = "\n".join(self.chat.lines())
        if last not in text or "The last thing said." not in text:
            raise Wrong("resumed:\n" + text)
        self.ask("and now?", "Going on.")
        if len(self.server.asked[-1]) != n + 2:
            raise Wrong("%d messages after coming back, not %d" % (
                len(self.server.asked[-1]), n + 2))
        self.seen.add("a resumed chat is another")
        if n > 40:
            self.chat.send("/new\r")
            self.chat.until(self.chat.at_prompt, "prompt")
            self.chat.fresh()
            self.redraw()

    def typed(self, text):
        """Whether that stands at the end, wherever the line was broken."""
        shown = "".join(self.chat.lines()).replace(" ", "")
        return shown.endswith(text.replace(" ", ""))

    def redraw(self):
        """A prompt at the start of a fresh emulator."""
        self.chat.send("\x0c")
        self.chat.until(self.chat.at_prompt, "prompt after Ctrl-L")
        if len(self.chat.lines()) != 1:
            raise Wrong("Ctrl-L left\n" + "\n".join(self.chat.lines()))

    def go(self, seconds):
        names = [n for n in dir(self) if n.startswith("step_")]
        end = time.monotonic() + seconds
        self.chat.start()
        self.chat.fresh()
        self.redraw()
        self.rng.shuffle(names)
        # Each once, then as it comes.
        while names or time.monotonic() < end:
            name = names.pop() if names else self.rng.choice(
                [n for n in dir(self) if n.startswith("step_")])
            if self.args.verbose:
                print(self.steps, name, self.chat.size, flush=True)
            try:
                getattr(self, name)()
            except Wrong as e:
                raise Wrong("step %d, %s at %dx%d: %s" % (
                    self.steps, name, *self.chat.size, e)) from e
            self.steps += 1
        self.chat.end()
        missing = WANTED - self.seen
        if missing:
            raise Wrong("never looked for: " + ", ".join(sorted(missing)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--show", required=True)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    if args.seed is None:
        args.seed = random.randrange(1 << 30)
    args.program = os.path.abspath(args.program)
    with tempfile.TemporaryDirectory(prefix="atl-long-") as folder:
        run = Run(args, folder)
        try:
            run.go(args.seconds)
        except Wrong as e:
            print("seed %d: %s" % (args.seed, e))
            print("0 passed, 1 failed")
            return 1
        finally:
            run.chat.kill()
            run.server.shutdown()
    print("seed %d, %d steps, %d requests" % (args.seed, run.steps,
                                              len(run.server.asked)))
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
