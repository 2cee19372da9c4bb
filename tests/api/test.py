#!/usr/bin/env python3
"""The library as other programs meet it: test.py PART --source ... (CTest)."""
import argparse
import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

HEAD = "answer\nheader Content-Type: text/event-stream\n"
ECHO = HEAD + "echo\n"
STALL = HEAD + "framing chunked\nchat half\nstall\n"
SLOW = (HEAD + "framing chunked\nchat one\nsleep 1100\nchat two\n" +
        "sleep 1100\nchat three\nfinish stop\ndone\n")
CUT = HEAD + "chat Hello wor\n"
TWO = (HEAD + "chat Fine\nfinish\nusage 3 1\ndone\n" +
       HEAD + "chat Still fine\nfinish\nusage 9 2\ndone\n")
REFUSED = ('answer\nstatus 401 Unauthorized\n'
           'header Content-Type: application/json\n'
           'body {"error":{"message":"bad key"}}\n')


class Bed:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.servers = []
        self.env = {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
            "HOME": folder, "XDG_CONFIG_HOME": folder + "/config",
            "XDG_DATA_HOME": folder + "/data",
            "XDG_STATE_HOME": folder + "/state",
            "XDG_RUNTIME_DIR": folder,
            "LD_LIBRARY_PATH": os.path.dirname(options.library),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                     "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def serve(self, script):
        path = f"{self.folder}/{len(self.servers)}.script"
        with open(path, "w", encoding="utf-8") as f:
            f.write(script)
        log = path + ".log"
        process = subprocess.Popen(
            [self.options.server, path, "--log", log, "--with-parent"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.servers.append(process)
        port = process.stdout.readline().strip()
        return f"http://127.0.0.1:{port}/v1", log

    def end(self):
        for process in self.servers:
            process.stdin.close()
            process.stdout.close()
            process.wait()

    def run(self, *argv, code=0, url=None, stdin="", **env):
        words = dict(self.env, **env)
        if url is not None:
            words["LLAMA_MODEL_ENDPOINT"] = url
        done = subprocess.run(argv, env=words, input=stdin, text=True,
                              capture_output=True, timeout=600, check=False)
        if done.returncode != code:
            raise SystemExit(f"{argv}: exit {done.returncode}, not {code}\n"
                             f"{done.stdout}{done.stderr}")
        return done.stdout, done.stderr


def same(what, seen, wanted):
    if seen != wanted:
        raise SystemExit(f"{what}:\n{seen!r}, not\n{wanted!r}")


def has(what, seen, wanted):
    if wanted not in seen:
        raise SystemExit(f"{what}:\n{seen!r} lacks\n{wanted!r}")


def requests(log):
    with open(log, encoding="utf-8") as f:
        return f.read().split("\n=== ")


def try_examples(bed, folder):
    """Each example of a folder, as its first comment says."""
    url, log = bed.serve(ECHO)
    out, _ = bed.run(folder + "/ask", "Why?", url=url,
                     LLAMA_API_KEY="the-key")
    same("ask", out, "Why?\n")
    has("ask", requests(log)[-1], "Bearer the-key")
    _, err = bed.run(folder + "/ask", code=3)
    same("ask without an endpoint", err, "ask: no endpoint is set\n")
    cut, _ = bed.serve(CUT)
    out, err = bed.run(folder + "/ask", url=cut, code=9)
    same("ask, cut", out, "Hello wor\n")
    has("ask, cut", err, "before the reply was finished")
    refused, _ = bed.serve(REFUSED)
    _, err = bed.run(folder + "/ask", url=refused, code=4,
                     LLAMA_API_KEY="the-key")
    has("ask, refused", err, "bad key")
    if "the-key" in err:
        raise SystemExit("the key is shown")

    out, err = bed.run(folder + "/stream", "Why?", url=url)
    same("stream", out, "Why?\n")
    has("stream", err, "complete")

    stall, _ = bed.serve(STALL)
    out, _ = bed.run(folder + "/cancel", "Count", "1", url=stall)
    same("cancel", out, "half\n[stopped]\n")

    two, log = bed.serve(TWO)
    out, _ = bed.run(folder + "/resume", "How are you?", url=two)
    same("resume", out, "user: How are you?\nassistant: Fine\n")
    out, _ = bed.run(folder + "/resume", "And now?", url=two)
    same("resume again", out, "user: How are you?\nassistant: Fine\n"
         "user: And now?\nassistant: Still fine\n")
    has("resume again", requests(log)[-1],
        '{"role":"assistant","content":"Fine"}')
    for at, _, names in os.walk(bed.folder + "/data"):
        for name in names:
            with open(os.path.join(at, name), "rb") as f:
                if b"How are you" in f.read():
                    raise SystemExit(f"{name} has the question in clear")

    out, _ = bed.run(folder + "/loop", url=url, stdin="one\ntwo three\n")
    same("loop", out, "one\ntwo three\n")
    out, _ = bed.run(folder + "/loop", url=stall, stdin="one\n\n")
    has("loop, stopped", out, "stopped")


def examples(bed):
    try_examples(bed, bed.options.examples)


def symbols(bed):
    out, _ = bed.run("nm", "-D", "--defined-only", bed.options.library)
    seen = sorted(line.split()[-1] for line in out.splitlines())
    # What sanitizers and the linker add is theirs.
    seen = [s for s in seen if s.startswith("atl_") or bed.options.ctypes]
    with open(bed.options.source + "/tests/api/symbols",
              encoding="ascii") as f:
        same("exported symbols", seen, f.read().split())


def load_example(bed):
    spec = importlib.util.spec_from_file_location(
        "ask", bed.options.source + "/share/dev/ask.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def layout(bed):
    out, _ = bed.run(bed.options.examples + "/api_layout")
    fields = dict(line.split() for line in out.splitlines())
    options = load_example(bed).Options
    seen = {name: str(getattr(options, name).offset)
            for name, _ in options._fields_}
    seen["size"] = str(ctypes.sizeof(options))
    same("layout of ask.py", seen, fields)
    if not bed.options.ctypes:
        return
    url, _ = bed.serve(ECHO)
    out, _ = bed.run(sys.executable,
                     bed.options.source + "/share/dev/ask.py", "Why?",
                     url=url, LIBATLLAMA=bed.options.library)
    same("ask.py", out, "Why?\n")
    _, err = bed.run(sys.executable,
                     bed.options.source + "/share/dev/ask.py",
                     code=3, LIBATLLAMA=bed.options.library)
    same("ask.py without an endpoint", err, "ask.py: no endpoint is set\n")


def threads(bed):
    echo, _ = bed.serve(ECHO)
    stall, _ = bed.serve(STALL)
    bed.run(bed.options.examples + "/api_threads", echo, stall)


def syncs(bed):
    quick, _ = bed.serve(ECHO)
    slow, _ = bed.serve(SLOW)
    bed.run(bed.options.examples + "/api_syncs", quick, slow,
            bed.folder + "/data/atllama/vault")


CMAKELISTS = """cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C)
find_package(atllama 0.1 REQUIRED)
add_executable(ask ask.c)
target_link_libraries(ask PRIVATE atllama::atllama)
"""


def installed(bed):
    """An installed copy, by pkg-config, by CMake and by its manual."""
    prefix = bed.folder + "/prefix"
    source = bed.options.source + "/share/dev/"
    bed.run("cmake", "--install", bed.options.build, "--prefix", prefix)
    found = [os.path.join(at, "") for at, _, names in os.walk(prefix)
             if "libatllama.pc" in names]
    # The prefix of the build is another one.
    flags, _ = bed.run("pkg-config", "--cflags", "--libs", "libatllama",
                       PKG_CONFIG_PATH=found[0])
    for name in ("LICENSE", "README.md"):
        if not os.path.exists(prefix + "/share/doc/atllama/" + name):
            raise SystemExit(name + " is not installed")
    lib = os.path.dirname(os.path.dirname(found[0]))
    bed.env["LD_LIBRARY_PATH"] = lib
    out = bed.folder + "/examples"
    os.mkdir(out)
    for name in os.listdir(source):
        if name.endswith(".c"):
            bed.run("cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall",
                    "-Wextra", "-Werror", "-pthread", source + name,
                    "-o", f"{out}/{name[:-2]}", *flags.split())
    try_examples(bed, out)

    user = bed.folder + "/user"
    os.mkdir(user)
    shutil.copy(source + "ask.c", user)
    with open(user + "/CMakeLists.txt", "w", encoding="ascii") as f:
        f.write(CMAKELISTS)
    bed.run("cmake", "-S", user, "-B", user + "/build",
            "-DCMAKE_PREFIX_PATH=" + prefix)
    bed.run("cmake", "--build", user + "/build")
    url, _ = bed.serve(ECHO)
    out, _ = bed.run(user + "/build/ask", "Why?", url=url)
    same("ask by CMake", out, "Why?\n")

    bed.run("c++", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x",
            "c++", prefix + "/include/atllama.h")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("part")
    for name in ("source", "build", "library", "examples", "server"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--ctypes", type=int, required=True)
    options = p.parse_args()
    folder = tempfile.mkdtemp(prefix="atl-api.")
    bed = Bed(options, folder)
    try:
        {"examples": examples, "symbols": symbols, "layout": layout,
         "threads": threads, "syncs": syncs, "installed": installed}[options.part](bed)
    finally:
        bed.end()
        shutil.rmtree(folder, ignore_errors=True)


main()
