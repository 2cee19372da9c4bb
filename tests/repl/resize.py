#!/usr/bin/env python3
"""resize.py --program ATLLAMA --server ATL-SERVER

Changes the size of a tmux window while a long line stands at the prompt of a
chat: at the top of an empty screen, where tmux keeps what is erased from its
first place on, and below a reply that has filled it. The screen and what has
scrolled away must then hold that line once.

At the top it only grows: when it shrinks, tmux itself moves rows into the
scrollback, where nobody can erase them.

Exits 77 without tmux.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

WAIT = 120
LINE = ("the quick brown fox jumps over the lazy dog and then some more words "
        "follow here")
CONF = "set -g status off\nset -g history-limit 5000\nset -g escape-time 0\n"
SCRIPT = ("answer GET /v1/models\nstatus 404 Not Found\nanswer\n"
          "header Content-Type: text/event-stream\n"
          + "".join("chat line %d of text\\n\\n\n" % n for n in range(1, 26))
          + "finish\ndone\n")
# What begins the drawing of the line anew.
DRAWN = b"\033[J\r\033[K"


def wait_for(what, condition):
    until = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(what)
        time.sleep(0.02)


class Window:
    """A tmux server of its own with a chat in it, 40 columns wide."""

    def __init__(self, folder, program, url):
        self.raw = os.path.join(folder, "raw")
        self.tmux = ["tmux", "-u", "-S", os.path.join(folder, "tmux"), "-f",
                     os.path.join(folder, "conf")]
        with open(os.path.join(folder, "conf"), "w", encoding="ascii") as f:
            f.write(CONF)
        env = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8",
               "INPUTRC": "/dev/null", "TERM": "xterm-256color"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        subprocess.run(self.tmux + [
            "new-session", "-d", "-x", "40", "-y", "20", "-s", "chat", program,
            "--private", "-q", "-e", url], check=True, env=env, cwd=folder,
            timeout=WAIT)
        wait_for("there is no prompt", lambda: self.ends(">"))
        self.ask("pipe-pane", "-t", "chat", "-o", "cat > '%s'" % self.raw)
        wait_for("there is no copy", lambda: os.path.exists(self.raw))

    def ask(self, *words):
        return subprocess.run(self.tmux + list(words), check=True, timeout=WAIT,
                              stdout=subprocess.PIPE).stdout.decode()

    def text(self):
        """All there is."""
        return self.ask("capture-pane", "-p", "-S", "-", "-t",
                        "chat").rstrip()

    def ends(self, text, prompts=1):
        """Whether that stands at the last of so many prompts, wherever lines
        are broken."""
        bare = "".join(self.text().split())
        return (bare.endswith("".join(text.split()))
                and bare.count("llama(") == prompts)

    def drawn(self):
        with open(self.raw, "rb") as f:
            return f.read().count(DRAWN)

    def type_line(self, prompts):
        self.ask("send-keys", "-t", "chat", "-l", LINE)
        wait_for("the line is not there",
                 lambda: self.ends("> " + LINE, prompts))

    def resize(self, width):
        before = self.drawn()
        self.ask("resize-window", "-t", "chat", "-x", str(width), "-y", "20")
        wait_for("the line is not drawn anew", lambda: self.drawn() > before)

    def close(self):
        subprocess.run(self.tmux + ["kill-server"], check=False,
                       stderr=subprocess.DEVNULL)


def play(window, widths, prompts):
    window.type_line(prompts)
    for width in widths:
        window.resize(width)
        try:
            wait_for("", lambda: window.ends("> " + LINE, prompts))
        except AssertionError:
            print("at %d columns the line does not stand there once:\n%s"
                  % (width, window.text()))
            return 1
    return 0


def start_server(folder, server):
    script = os.path.join(folder, "script")
    port = os.path.join(folder, "port")
    with open(script, "w", encoding="ascii") as f:
        f.write(SCRIPT)
    process = subprocess.Popen([server, script, "--port-file", port,
                                "--log", os.path.join(folder, "log"),
                                "--with-parent"], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL)
    wait_for("the server did not start", lambda: os.path.exists(port)
             and os.path.getsize(port) > 0)
    with open(port, encoding="ascii") as f:
        return process, "http://127.0.0.1:%s/v1" % f.read().strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--server", required=True)
    args = parser.parse_args()
    if shutil.which("tmux") is None:
        print("tmux is not installed")
        return 77
    failed = 0
    # The path of a socket has 107 bytes at most.
    parent = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(
            dir=parent if len(parent) < 80 else "/tmp") as folder:
        server, url = start_server(folder, args.server)
        for above, widths, prompts in (("", (60, 80, 100), 1),
                                       ("go", (30, 60, 25, 80, 22, 40), 2)):
            window = Window(tempfile.mkdtemp(dir=folder), args.program, url)
            try:
                if above:
                    window.ask("send-keys", "-t", "chat", above, "Enter")
                    wait_for("there is no reply", lambda w=window:
                             "line 25 of text" in w.text()
                             and w.ends(">", 2))
                failed += play(window, widths, prompts)
            finally:
                window.close()
        server.stdin.close()
        server.kill()
        server.wait()
    print("%d passed, %d failed" % (2 - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
