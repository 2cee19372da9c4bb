#!/usr/bin/env python3
"""What a terminal shows, and does, when it gets the bytes of a transcript.

The terminal is tmux, as installed, on a socket of its own. Not only its screen
is looked at: also whether the bytes made it answer on the program's stdin, or
changed its title, its window's name, its clipboard or its modes.
"""
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import time
import tty

WAIT = 60
TITLE = "untouched title"
WINDOW = "untouched-window"
# The modes that a program must leave as they were.
MODES = ("alternate_on", "cursor_flag", "insert_flag", "keypad_cursor_flag",
         "keypad_flag", "mouse_any_flag", "origin_flag", "wrap_flag")
USUAL = "0 1 0 0 0 0 0 1"


def available():
    return shutil.which("tmux") is not None


class Screen:
    def __init__(self, lines, state, answers):
        self.lines = lines
        self.text = "\n".join(lines)
        self.state = state
        self.answers = answers

    def changes(self):
        """What is not as it was, in words; empty when nothing."""
        found = []
        if self.answers != b"":
            found.append("it answered %r" % self.answers)
        for name, want in (("title", TITLE), ("window", WINDOW),
                           ("clipboard", ""), ("modes", USUAL)):
            if self.state[name] != want:
                found.append("%s is %r" % (name, self.state[name]))
        return "; ".join(found)


def replay(transcript, columns, rows, folder):
    """The Screen after the bytes; folder is for the socket and files."""
    # A server that is still going would take what is meant for the next. The
    # path of a socket has 107 bytes at most.
    folder = tempfile.mkdtemp(dir=folder if len(folder) < 80 else "/tmp")
    source = os.path.join(folder, "replay.in")
    answer = os.path.join(folder, "replay.out")
    with open(source, "wb") as f:
        f.write(transcript)
    tmux = ["tmux", "-u", "-S", os.path.join(folder, "tmux"), "-f",
            "/dev/null"]

    def ask(*words):
        return subprocess.run(tmux + list(words), check=True, timeout=WAIT,
                              stdout=subprocess.PIPE).stdout.decode()

    try:
        ask("new-session", "-d", "-x", str(columns), "-y", str(rows), "-s",
            "replay", "-n", WINDOW, "sleep 600", ";",
            "set-option", "-g", "status", "off", ";",
            "set-option", "-g", "set-clipboard", "on", ";",
            "set-option", "-g", "allow-rename", "on", ";",
            "set-option", "-g", "automatic-rename", "off", ";",
            "set-option", "-g", "allow-passthrough", "on", ";",
            "resize-window", "-t", "replay", "-x", str(columns), "-y",
            str(rows), ";",
            "select-pane", "-t", "replay", "-T", TITLE, ";",
            "respawn-pane", "-k", "-t", "replay", sys.executable,
            os.path.abspath(__file__), source, answer)
        until = time.monotonic() + WAIT
        while not os.path.exists(answer):
            if time.monotonic() > until:
                raise RuntimeError("the terminal does not answer any more")
            time.sleep(0.01)
        with open(answer, "rb") as f:
            answers = f.read()
        lines = [line.rstrip() for line in
                 ask("capture-pane", "-p", "-t", "replay").split("\n")]
        state = dict(zip(
            ("title", "window", "modes"),
            ask("display-message", "-p", "-t", "replay",
                "#{pane_title}\n#{window_name}\n"
                + " ".join("#{%s}" % m for m in MODES)).split("\n")))
        state["clipboard"] = ask("list-buffers").strip()
        return Screen(lines, state, answers)
    finally:
        subprocess.run(tmux + ["kill-server"], check=False,
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


def inside(source, answer):
    """Runs in the terminal: shows the bytes, notes what it answers."""
    tty.setraw(0, termios.TCSANOW)
    with open(source, "rb") as f:
        data = f.read()
    while data:
        data = data[os.write(1, data[:4096]):]
    # Two questions; what comes before the two answers was not asked for.
    os.write(1, b"\033[6n\033[c")
    end = re.compile(rb"\033\[\d+;\d+R\033\[\?[\d;]*c\Z")
    got = b""
    until = time.monotonic() + WAIT / 2
    while not end.search(got) and time.monotonic() < until:
        if select.select([0], [], [], 0.1)[0]:
            got += os.read(0, 4096)
    with open(answer + ".new", "wb") as f:
        f.write(end.sub(b"", got) if end.search(got)
                else b"nothing when asked, but " + got)
    os.rename(answer + ".new", answer)
    time.sleep(600)


if __name__ == "__main__":
    inside(sys.argv[1], sys.argv[2])
