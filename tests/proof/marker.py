#!/usr/bin/env python3
"""Where secrets can be found. A passphrase, an API key, one that is stored, a
message and a document are markers; after a run, and while it lasts, they are
looked for in the arguments and the environment of the process, in every file
below the home and in a core file.

Nothing may be anywhere. The process allows no core; where it is forced to, the
pages of secrets are not in it: the passphrase is not, and neither is the master
key. (The key that libcurl was given is: it keeps a copy of the request.)
"""
import os
import shutil
import signal
import subprocess

import bed
import atj
from bed import Broken

PASS = b"marker-passphrase-71c3"
KEY = b"sk-marker-key-71c3"
STORED = b"sk-marker-stored-71c3"
TEXT = b"marker-message-71c3"
DOC = b"marker-document-71c3"
ALL = [PASS, KEY, STORED, TEXT, DOC]

STALL = ["answer", "header Content-Type: text/event-stream",
         "framing chunked", "chat begun", "stall"]


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except PermissionError:
        return b""


def with_passphrase(home, env, words):
    """Starts it with the passphrase on descriptor 3."""
    r, w = os.pipe()
    os.write(w, PASS + b"\n")
    os.close(w)
    process = subprocess.Popen(
        ["sh", "-c", "exec 3<&%d; exec \"$0\" \"$@\"" % r,
         home.tools.program, "-q", *words, "--passphrase-fd", "3"],
        env=env, pass_fds=[r], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=home.path)
    os.close(r)
    return process


def streaming(home, env):
    """A process in the middle of a reply, all markers in it."""
    process = with_passphrase(
        home, dict(env, LLAMA_API_KEY=KEY.decode()), ["--retries", "0"])
    process.stdin.write(TEXT + b" " + DOC + b"\n")
    process.stdin.close()
    got = b""
    while b"begun" not in got:
        piece = os.read(process.stdout.fileno(), 100)
        if not piece:
            raise Broken("no reply: %s" % process.stderr.read())
        got += piece
    return process


def ended(process):
    process.kill()
    process.wait(timeout=bed.WAIT)
    process.stdout.close()
    process.stderr.close()


def prepare(home):
    home.must("key", "init", "passphrase", "--kdf", "minimal", "-q",
              "--passphrase-fd", "0", stdin=PASS + b"\n")
    process = with_passphrase(home, home.env, ["key", "set", "somewhere"])
    err = process.communicate(STORED + b"\n", timeout=bed.WAIT)[1]
    if process.returncode != 0:
        raise Broken("key set: %s" % err)
    home.no_clear(*ALL)


def running(home):
    """The process itself, as others see it, and the files it leaves."""
    process = streaming(home, home.env)
    try:
        proc = "/proc/%d/" % process.pid
        argv = read(proc + "cmdline")
        for text in ALL:
            if text in argv:
                raise Broken("%s is in the arguments" % text)
        if read(proc + "status").find(b"CoreDumping:\t0") < 0:
            raise Broken("no status of the process")
        children = read(proc + "task/%d/children" % process.pid)
        if children.strip():
            raise Broken("it has children: %s" % children)
        home.no_clear(*ALL)
    finally:
        ended(process)
    home.no_clear(*ALL)
    result = home.must("list", "--passphrase-fd", "0", stdin=PASS + b"\n")
    if TEXT not in result.out:
        raise Broken("nothing was saved: %s" % result)
    home.no_clear(*ALL)


def dumpable(home):
    """Nobody else of the same user may look into it, and there is no core."""
    process = streaming(home, home.env)
    try:
        owner = os.stat("/proc/%d/mem" % process.pid).st_uid
        mode = read("/proc/%d/limits" % process.pid)
        core = [line.split() for line in mode.splitlines()
                if line.startswith(b"Max core file size")]
        if core[0][4:6] != [b"0", b"0"]:
            raise Broken("core files are limited to %s" % core)
        if os.getuid() != 0 and owner == os.getuid():
            raise Broken("the process belongs to its user")
    finally:
        folder = home.path + "/tmp"
        process.send_signal(signal.SIGABRT)
        process.wait(timeout=bed.WAIT)
        process.stdout.close()
        process.stderr.close()
    if process.returncode != -signal.SIGABRT:
        raise Broken("it ended with %s" % process.returncode)
    if [n for n in os.listdir(folder) + os.listdir(home.path)
            if n.startswith("core")]:
        raise Broken("there is a core file")


def forced(home):
    """A core taken although: what is in locked pages is not in it."""
    if shutil.which("gcore") is None:
        return "skipped: no gcore (Debian: gdb)"
    process = streaming(home, dict(home.shim(dumpable=1)))
    out = home.path + "/tmp/forced"
    try:
        done = subprocess.run(["gcore", "-o", out, str(process.pid)],
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False,
                              timeout=bed.WAIT)
    finally:
        ended(process)
    path = "%s.%d" % (out, process.pid)
    if done.returncode != 0 or not os.path.exists(path):
        return "skipped: gcore may not attach here"
    core = read(path)
    os.unlink(path)
    if TEXT not in core:
        raise Broken("the core is not of that process: no message in it")
    vault = atj.Vault(home.vault + "/vault.atv", passphrase=PASS.decode())
    for what, text in {"passphrase": PASS, "master key": vault.master,
                       "wrapping key": vault.wrap,
                       "index key": vault.index}.items():
        if text in core:
            raise Broken("the %s is in the core" % what)
    return "a forced core of %d kB holds no key%s" % (
        len(core) // 1024,
        ", but the API key in the request" if KEY in core else "")


def run(tools, folder, args):
    server = bed.Server(tools, folder, STALL)
    home = bed.Home(tools, folder + "/home", server)
    try:
        prepare(home)
        running(home)
        dumpable(home)
        told = forced(home)
        home.no_clear(*ALL)
    finally:
        server.end()
    return "no marker in arguments, files and cores\n" + told


if __name__ == "__main__":
    import sys
    sys.exit(bed.main(run, __doc__))
