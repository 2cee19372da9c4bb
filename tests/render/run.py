#!/usr/bin/env python3
"""run.py --show PROGRAM [--update] FILE.md

Renders a reply at 40, 80 and 200 columns and looks at what a terminal makes of
it (pyte, an emulator of the VT100 and its heirs):

  the screen is the one in FILE.screens, and at 80 columns its colours are those
  in FILE.colours, where {fg=c678dd bold} begins a change of style and {}
  ends it;
  what scrolls out of a small window is the same as what stays on a tall one;
  no printed line touches another, and only code and addresses are too long;
  nothing but text and styles came: no title, no answer, no mode, no style left.

Exits 77 without pyte. --update writes the two files.
"""
import argparse
import os
import re
import subprocess
import sys
import unicodedata

try:
    import pyte
    from wcwidth import wcwidth
except ImportError:
    print("pyte is not installed (python3-pyte)")
    sys.exit(77)

WIDTHS = (40, 80, 200)
COLOURS_AT = 80
NO_COLOUR, PALETTE = "0", "2"
SGR = re.compile(r"\x1b\[[0-9;]*m")


class Screen(pyte.HistoryScreen):
    """pyte drops what follows a character without width that is no combining
    mark by its class: vowel signs, joiners. They belong to the cell before."""

    def draw(self, data):
        for char in data:
            if wcwidth(char) != 0 or unicodedata.combining(char):
                super().draw(char)
                continue
            row = self.buffer[self.cursor.y]
            x = max(self.cursor.x - 1, 0)
            if x > 0 and row[x].data == "":
                x -= 1
            row[x] = row[x]._replace(data=row[x].data + char)


class Terminal:
    """A screen, and what the bytes did to it beside writing."""

    def __init__(self, columns, rows, data):
        self.answers = []
        self.screen = Screen(columns, rows, history=100000, ratio=0.5)
        self.screen.set_mode(pyte.modes.LNM)
        self.modes = set(self.screen.mode)
        self.screen.write_process_input = self.answers.append
        pyte.Stream(self.screen).feed(data)

    def lines(self):
        rows = list(self.screen.history.top)
        rows += [self.screen.buffer[y] for y in range(self.screen.cursor.y)]
        return rows

    def text(self):
        width = self.screen.columns
        return ["".join(row[x].data for x in range(width)).rstrip(" ")
                for row in self.lines()]

    def changes(self):
        """What is not as it was, in words."""
        s = self.screen
        found = []
        if self.answers:
            found.append("it answered %r" % self.answers)
        if s.title or s.icon_name:
            found.append("the title is %r" % (s.title or s.icon_name))
        if set(s.mode) != self.modes:
            found.append("modes changed: %r" % (set(s.mode) ^ self.modes))
        if s.cursor.hidden or s.cursor.x != 0:
            found.append("the cursor is not as it was")
        if s.cursor.attrs != s.default_char._replace(data=" "):
            found.append("a style is left on: %r" % (s.cursor.attrs,))
        if s.margins is not None:
            found.append("the margins are set")
        return found


def style(char):
    words = []
    if char.fg != "default":
        words.append("fg=" + char.fg)
    if char.bg != "default":
        words.append("bg=" + char.bg)
    for name in ("bold", "italics", "underscore", "strikethrough", "reverse"):
        if getattr(char, name):
            words.append(name)
    return " ".join(words)


def coloured(terminal):
    lines = []
    for row in terminal.lines():
        out, now = "", ""
        for x in range(terminal.screen.columns):
            char = row[x]
            new = style(char)
            # What is invisible on a blank is no change.
            if char.data == " " and not re.search("bg|under|strike|rev", new):
                new = now if now else ""
            if new != now:
                out += "{%s}" % new
                now = new
            out += char.data
        lines.append(out.rstrip(" ") + ("{}" if now else ""))
    return lines


def render(show, path, width, colours):
    with open(path, "rb") as f:
        return subprocess.run([show, str(width), colours], stdin=f, check=True,
                              stdout=subprocess.PIPE).stdout.decode("utf-8")


def kept(data, text, width, source):
    """The screen is made of the lines that were printed, each by itself; and
    only code and addresses are left to the terminal to break."""
    alone = []
    for line in data.split("\n")[:-1]:
        rows = Terminal(width, 24, line + "\n").text()
        plain = SGR.sub("", line)
        # In code, what the filter made visible is not in the source.
        if len(rows) > 1 and "://" not in plain and "^[" not in plain and \
                plain.strip() not in source:
            return "the terminal breaks %r" % plain
        alone += rows
    for n, (a, b) in enumerate(zip(alone, text)):
        if a != b:
            return "line %d is %r, not %r" % (n + 1, b, a)
    if len(alone) != len(text):
        return "%d lines, not %d" % (len(text), len(alone))
    return None


def look(show, path, width, wrong):
    data = render(show, path, width, PALETTE)
    tall = Terminal(width, 3000, data)
    text = tall.text()
    for change in tall.changes():
        wrong.append("%d columns: %s" % (width, change))
    with open(path, encoding="utf-8", errors="replace") as f:
        lost = kept(data, text, width, f.read())
    if lost:
        wrong.append("%d columns: %s" % (width, lost))
    if Terminal(width, 24, data).text() != text:
        wrong.append("%d columns: scrolling changes the text" % width)
    return tall, text


def compare(path, lines, update, wrong):
    new = "\n".join(lines) + "\n"
    if update:
        with open(path, "w", encoding="utf-8") as f:
            f.write(new)
        return
    with open(path, encoding="utf-8") as f:
        old = f.read()
    if old == new:
        return
    for n, (a, b) in enumerate(zip(old.split("\n"), new.split("\n"))):
        if a != b:
            wrong.append("%s:%d:\n- %s\n+ %s" % (path, n + 1, a, b))
            return
    wrong.append("%s: another number of lines" % path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("file")
    args = parser.parse_args()
    base = os.path.splitext(args.file)[0]
    wrong, screens, colours = [], [], []
    for width in WIDTHS:
        terminal, text = look(args.show, args.file, width, wrong)
        screens += ["=== %d columns" % width] + text
        if width == COLOURS_AT:
            colours = coloured(terminal)
    compare(base + ".screens", screens, args.update, wrong)
    compare(base + ".colours", colours, args.update, wrong)
    for line in wrong:
        print(line)
    print("%d passed, %d failed" % (0 if wrong else 1, 1 if wrong else 0))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
