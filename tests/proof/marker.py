#!/usr/bin/env python3
"""Where secrets can be found. A passphrase, an API key, one that is stored, a
message and a document are markers; after a run, and while it lasts, they are
looked for in the arguments and the environment of the process, in every file
below the home and in a core file.

Nothing may be anywhere. The process allows no core, not even to a program that
the kernel would pipe it to, and nobody of its user may attach to it. Where a
core is forced (by root, with gdb's gcore), the pages of secrets are not in it:
the passphrase is not, and neither is the master key. (The key that libcurl was
given is: it keeps a copy of the request.)

With --piped the pattern of cores of this machine (kernel.core_pattern) is
changed for some seconds and put back: that takes root.
"""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time

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


def with_passphrase(home, env, words, **how):
    """Starts it with the passphrase on descriptor 3."""
    r, w = os.pipe()
    os.write(w, PASS + b"\n")
    os.close(w)
    process = subprocess.Popen(
        ["sh", "-c", "exec 3<&%d; exec \"$0\" \"$@\"" % r,
         home.tools.program, "-q", *words, "--passphrase-fd", "3"],
        env=env, pass_fds=[r], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=home.path, **how)
    os.close(r)
    return process


def streaming(home, env, **how):
    """A process in the middle of a reply, all markers in it."""
    process = with_passphrase(
        home, dict(env, LLAMA_API_KEY=KEY.decode()), ["--retries", "0"],
        **how)
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


OTHER = 65534  # a user who is not root, to be where root runs this


def as_other(fn, *args):
    """What fn returns, a list of words, in a process of that user."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(OTHER)
                os.setuid(OTHER)
            os.write(w, " ".join(fn(*args)).encode())
        finally:
            os._exit(0)
    os.close(w)
    with os.fdopen(r, encoding="ascii") as f:
        words = f.read().split()
    os.waitpid(pid, 0)
    return words


def probe(pid):
    """What another process can do to that one."""
    done = []
    for name in "environ", "mem", "maps":
        try:
            with open("/proc/%d/%s" % (pid, name), "rb"):
                done.append(name)
        except OSError:
            pass
    attach = 16
    if ctypes.CDLL(None).ptrace(attach, pid, None, None) == 0:
        done.append("ptrace")
    return done


def reaches(home):
    """Whether that user can run the program there at all."""
    return [name for name in (home.tools.program, home.path)
            if os.access(name, os.X_OK)]


def attaching(home):
    """Others of the same user, who is not root, may not look into it."""
    who = {}
    if os.getuid() == 0:
        home = home.copy(home.path + "-other")
        for where, _, names in os.walk(home.path):
            for path in [where] + [os.path.join(where, n) for n in names]:
                os.chown(path, OTHER, OTHER)
        who = {"user": OTHER, "group": OTHER, "extra_groups": []}
        os.chmod(os.path.dirname(home.path), 0o711)
    if len(as_other(reaches, home)) != 2:
        return "skipped: not for a user who is not root: attaching to it"
    any_other = subprocess.Popen(["sleep", "60"], **who)
    may = as_other(probe, any_other.pid)
    any_other.kill()
    any_other.wait()
    if not may:
        return "skipped: nobody may attach to anything here"
    process = streaming(home, home.env, **who)
    try:
        can = as_other(probe, process.pid)
    finally:
        ended(process)
    if can:
        raise Broken("others of its user can use its %s" % ", ".join(can))
    return "others of its user may not use its %s" % ", ".join(may)


def piped(home, args):
    """A program that the kernel pipes cores to gets none. That it does get
    one of a process which does not forbid it is what is seen first."""
    pattern = "/proc/sys/kernel/core_pattern"
    strict = "/proc/sys/fs/suid_dumpable"
    if not args.piped:
        return "skipped: without --piped: cores that are piped to a program"
    out = home.path + "/tmp/piped"
    handler = home.path + "/tmp/handler"
    with open(handler, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nexec cat > %s.$1\n" % out)
    os.chmod(handler, 0o700)
    if len(handler) > 110:
        raise Broken("TMPDIR is too long for a pattern: %s" % handler)
    old = {name: read(name) for name in (pattern, strict)}
    seen = []
    try:
        for value in b"0", b"2":
            for env in home.shim(dumpable=1), home.env:
                process = streaming(home, env)
                with open(strict, "wb") as f:
                    f.write(value)
                with open(pattern, "w", encoding="ascii") as f:
                    f.write("|%s %%p" % handler)
                process.send_signal(signal.SIGABRT)
                process.wait(timeout=bed.WAIT)
                time.sleep(1)
                with open(pattern, "wb") as f:
                    f.write(old[pattern])
                ended(process)
                path = "%s.%d" % (out, process.pid)
                seen.append(os.path.exists(path) and TEXT in read(path))
                if os.path.exists(path):
                    os.unlink(path)
    finally:
        for name, value in old.items():
            with open(name, "wb") as f:
                f.write(value)
    if not seen[0]:
        raise Broken("no core is piped here even where none is forbidden")
    if seen != [True, False, True, False]:
        raise Broken("piped cores: %s" % seen)
    return "no core for the program that cores are piped to"


def forced(home):
    """A core taken although, of a process that does not forbid it and, by
    root, of one that does: what is in locked pages is not in it."""
    if shutil.which("gcore") is None:
        return "skipped: no gcore (Debian: gdb)"
    told = [gcore(home, home.shim(dumpable=1))]
    if os.getuid() == 0:
        told.append(gcore(home, home.env))
    return "\n".join(told)


def gcore(home, env):
    process = streaming(home, env)
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


def options(parser):
    parser.add_argument("--piped", action="store_true",
                        help="also what a program gets that cores are piped to")


def run(tools, folder, args):
    server = bed.Server(tools, folder, STALL)
    home = bed.Home(tools, folder + "/home", server)
    try:
        prepare(home)
        running(home)
        dumpable(home)
        told = [attaching(home), piped(home, args), forced(home)]
        home.no_clear(*ALL)
    finally:
        server.end()
    return "\n".join(["no marker in arguments, files and cores"] + told)


if __name__ == "__main__":
    sys.exit(bed.main(run, __doc__, options))
