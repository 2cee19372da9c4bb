#!/usr/bin/env python3
"""Are the tests blind? Plants bugs in a copy of the sources, one at a time, and
says which test turns red. Each has to turn one red.

A bug is an edit of one place; where the code has changed so that there is no
such place any more, that is said and counts as a failure. The quick tests are
run first, and the proofs (kill, power, fault) where none of these turned red.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
UNITS = ["store_segment", "store_journal", "store_faults", "store_live",
         "store_catalog", "store_golden", "store_writers", "text_safe"]
UNIT = "^unit_(%s)$" % "|".join(UNITS)
PROOFS = ["kill", "power", "fault"]

SYNC = "if (b->sync && fdatasync(js->fd) != 0)"
# What it is; the file below src/; what stands there; what is planted.
BUGS = [
    ("a reply is shown before it is written", "engine/session_reply.c",
     "\t\ttook_text(s, ev, &m->text, KEEP_TEXT);\n\t\tbreak;\n",
     "\t\tpass(s, ev);\n\t\ttook_text(s, ev, &m->text, KEEP_TEXT);\n"
     "\t\treturn ST_OK;\n"),
    ("every second piece of a reply is not written", "store/live.c",
     "if (st == ST_OK && !fd_write_full(l->fd, l->out.p, l->out.len))",
     "if (st == ST_OK && l->next_seq % 2 == 0 &&\n"
     "\t\t!fd_write_full(l->fd, l->out.p, l->out.len))"),
    ("a message is acknowledged and not written", "store/journal_write.c",
     "if (!pwrite_full(js->fd, j->out.p, j->out.len, at.offset))",
     "if (j->out.len == 0)"),
    ("a record is not synced", "store/journal_write.c",
     SYNC, "if (b->sync && js->fd < 0)"),
    ("the folder of a new file is not synced", "store/disk.c",
     "if (fd < 0 || fsync(fd) != 0)", "if (fd < 0)"),
    ("a sync that failed is tried again", "store/journal_write.c",
     SYNC,
     "if (b->sync && fdatasync(js->fd) != 0 && fdatasync(js->fd) != 0)"),
    ("the foot of a record is not looked at", "store/frame.c",
     "if (!f->foot && !f->valid_after)", "if (f->bytes)"),
    ("the index need not know a new conversation", "store/journal_note.c",
     "if (j->with.catalog == NULL || (js->anchored && js->head.settled))",
     "if (j != NULL)"),
    ("what lost power left of two records is damage", "store/frame.c",
     "if (f->mark && f->mark_beyond)\n\t\treturn TAIL_DAMAGED;",
     "if (f->valid_after || (f->mark && f->mark_beyond))\n"
     "\t\treturn TAIL_DAMAGED;"),
    ("links are not checked", "store/scan.c",
     "else if (!s->raw && memcmp(o->prev, s->link, SEGMENT_LINK) != 0)",
     "else if (!s->raw && s->end == 0)"),
    ("the associated data lacks the segment", "store/segment.c",
     "memcpy(p + AD_MARK + 2 * ID_LEN, s->info.seg.b, ID_LEN);",
     "memset(p + AD_MARK + 2 * ID_LEN, 0, ID_LEN);"),
    ("a fixed nonce", "store/segment.c",
     "\tmake_nonce(s, seq, p + FRAME_HEAD, plain, nonce);\n",
     "\tmake_nonce(s, seq, p + FRAME_HEAD, plain, nonce);\n"
     "\tmemset(nonce, 0, sizeof(nonce));\n"),
    ("a short write passes for a whole one", "store/journal_write.c",
     "n -= (size_t)done;", "n = 0;"),
    ("a reply is recovered twice", "store/recover.c",
     "if (st == ST_OK && o->there) {", "if (st != ST_OK && o->there) {"),
    ("heads are noted before the sync", "store/journal_write.c",
     "\t" + SYNC,
     "\tstep_over(j, js, &at, b, b->sync);\n\t(void)journal_note(j);\n\t"
     + SYNC),
    ("a lock is not checked against its path", "store/journal.c",
     "*ret = sb.st_dev == js->dev && sb.st_ino == js->ino;", "*ret = true;"),
    ("C1 controls pass the terminal filter", "text/safe.c",
     "\tif (is_common(cp)) {\n",
     "\tif (cp >= 0x80 && cp < 0xa0)\n\t\treturn true;\n"
     "\tif (is_common(cp)) {\n"),
]


def run(*argv, **how):
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, check=False, **how)


def build(folder, *targets):
    done = run("ninja", "-j2", "-C", folder, *targets)
    if done.returncode != 0:
        sys.exit("it does not build:\n" + done.stdout[-3000:])


def red(folder, pattern):
    """The tests of that pattern that fail."""
    out = run("ctest", "--test-dir", folder, "-R", pattern, "--timeout",
              "300").stdout
    return re.findall(r"^\s*\d+ - (\S+) \(", out, re.M)


def first_red(folder):
    found = red(folder, UNIT)
    for name in PROOFS:
        if not found:
            found = red(folder, "^proof_%s$" % name)
    return found


def plant(sources, folder, bug):
    """Whether a test turned red."""
    what, name, there, planted = bug
    path = os.path.join(sources, "src", name)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if text.count(there) != 1:
        print("| %s | STALE: \"%s\" is %d times in %s |" % (
            what, there.strip(), text.count(there), name), flush=True)
        return False
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(there, planted))
    build(folder, "atllama", *["unit_" + u for u in UNITS])
    found = first_red(folder)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    print("| %s | %s |" % (
        what, ", ".join("`%s`" % t for t in found) or "NONE"), flush=True)
    return bool(found)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bug", default="", help="those whose name has this")
    args = parser.parse_args()
    top = tempfile.mkdtemp(prefix="atl-planted-")
    sources, folder = top + "/src", top + "/build"
    try:
        shutil.copytree(SOURCE, sources, symlinks=True,
                        ignore=shutil.ignore_patterns(".git", "build"))
        done = run("cmake", "--preset", "dev", "-G", "Ninja", "-B", folder,
                   cwd=sources)
        if done.returncode != 0:
            sys.exit(done.stdout)
        build(folder, "atllama", "share", "atl-server", "atl-shim",
              *["unit_" + u for u in UNITS])
        if red(folder, UNIT):
            sys.exit("red before anything is planted")
        bugs = [bug for bug in BUGS if args.bug in bug[0]]
        good = [plant(sources, folder, bug) for bug in bugs]
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print("%d of %d turned a test red" % (sum(good), len(good)))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
