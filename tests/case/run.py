#!/usr/bin/env python3
"""Runs the program by data files: what it is given, what must come of it.

    run.py --program ATLLAMA --server ATL-SERVER [--work DIR] [-k WORD] FILE...

A file holds cases, each in a home of its own under a temporary folder. Lines
that begin with # are comments. A case:

    == the name of the case
    server [NAME]       the indented lines that follow are a script of
                        atl-server; NAME (default "main") tells several apart.
                        $URL (or $URL_NAME) is then its base, $ORIGIN without
                        /v1, $PORT its port, $LOG what it was asked, $DONE
                        what of that it has answered
    tls [NAME]          that server speaks TLS with tests' own certificate
    proxy socks|http|https  a proxy of that kind, $PROXY is its address; the
                        case is skipped where microsocks, tinyproxy or stunnel4
                        is missing, as with the next one where nginx is
    nginx               nginx with TLS, HTTP/2 and the indented lines in its
                        server section; passes on to main. $NGINX is its
                        origin, $NGINX6 the same over IPv6
    ipv6                the rest of the case is skipped where there is none
    file PATH           the indented lines are its content; below the home
    bytes PATH TEXT     the same from one line with the escapes below
    mode PATH 0600      its permissions
    env NAME=VALUE      for every run of the case; $-words are replaced
    run WORDS...        runs the program, words as in a shell; $-words too
    sh COMMAND          runs a command of the shell in the home, which must
                        end with 0; the program is $ATLLAMA, the root of the
                        sources $ROOT
    start WORDS...      runs it in the background, $PID is its number; then
      await TEXT        waits until its stdout holds the text
      signal NAME       sends it a signal
      finish            waits for its end, after which the checks below apply
    stdin TEXT          of the next run; without it there is none (/dev/null)
    stdin-file PATH     the same from a file
    closed-stdout       the next run's stdout is a pipe nobody reads
  and checks of the last run:
    exit N
    out TEXT            exactly this on stdout
    out-has TEXT | out-lacks TEXT | out-json PATH VALUE
    err-has TEXT | err-lacks TEXT | err-empty | err-lines N
  and of servers and files:
    requests N [NAME]   so many came
    request-has TEXT    the last request (of main) holds this
    request-lacks TEXT
    never-sent TEXT [NAME]   no request to that server held this
    no-clear TEXT       no file below the home holds these bytes
    exists PATH | missing PATH | file-is PATH TEXT

TEXT has the escapes \\n \\r \\t \\\\ \\xHH; out-json takes a path such as
usage.prompt_tokens or 0.title and a JSON value, or * for "anything there".
"""
import argparse
import json
import os
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

WAIT = 300
# A shell starts what it runs in the background with these ignored, and children
# would have that of us.
for number in (signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


class Failure(Exception):
    pass


class Skip(Exception):
    pass


NGINX = """daemon off; master_process off; pid {0}/nginx.pid;
error_log {0}/nginx.err; events {{ }}
http {{ access_log off;
client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;
uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;
server {{ listen 127.0.0.1:{1} ssl http2; {6}
ssl_certificate {2}; ssl_certificate_key {3};
{4}
proxy_buffering off; proxy_http_version 1.1;
location / {{ proxy_pass {5}; }} }} }}
"""


def unescape(text):
    out = bytearray()
    i = 0
    while i < len(text):
        c = text[i]
        if c == "\\" and i + 1 < len(text):
            n = text[i + 1]
            if n == "x":
                out.append(int(text[i + 2:i + 4], 16))
                i += 4
                continue
            out += {"n": b"\n", "r": b"\r", "t": b"\t",
                    "\\": b"\\"}.get(n, ("\\" + n).encode())
            i += 2
            continue
        out += c.encode()
        i += 1
    return bytes(out)


def parse(path):
    """Cases as (name, line, steps); a step is (line, word, rest, block)."""
    cases = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if line.startswith("== "):
                cases.append((line[3:], number, []))
            elif line.startswith(("\t", "  ")) and cases:
                cases[-1][2][-1][3].append(line[1:] if line[0] == "\t"
                                           else line[2:])
            elif line and not line.startswith("#"):
                word, _, rest = line.partition(" ")
                cases[-1][2].append((number, word, rest, []))
    return cases


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def new_folder(parent, prefix=""):
    """A folder with a name of its own, which no check takes for a word."""
    while True:
        path = os.path.join(parent, "%s%d" % (
            prefix, random.SystemRandom().randrange(10 ** 9)))
        try:
            os.mkdir(path, 0o700)
            return path
        except FileExistsError:
            pass


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


class Case:
    def __init__(self, tools, folder):
        self.tools = tools
        self.folder = folder
        self.home = os.path.join(folder, "home")
        os.mkdir(self.home, 0o700)
        self.servers = {}
        self.tls = set()
        self.words = {"HOME": self.home, "ATLLAMA": tools.program,
                      "ROOT": ROOT}
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": self.home,
            "XDG_CONFIG_HOME": self.home + "/config",
            "XDG_DATA_HOME": self.home + "/data",
            "XDG_STATE_HOME": self.home + "/state",
            "XDG_CACHE_HOME": self.home + "/cache",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                     "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.stdin = None
        self.closed = False
        self.code = None
        self.out = b""
        self.err = b""
        self.running = None
        self.helpers = []

    # -- servers

    def start_server(self, name, script, options=()):
        base = os.path.join(self.folder, "server-" + name)
        with open(base + ".script", "w", encoding="utf-8") as f:
            f.write(self.fill("\n".join(script)) + "\n")
        argv = [self.tools.server, base + ".script", "--log", base + ".log",
                "--port-file", base + ".port",
                "--with-parent", *options]
        scheme = "http"
        if name in self.tls:
            argv += ["--tls", self.tools.cert(), self.tools.key()]
            scheme = "https"
            self.words["CA"] = self.tools.ca()
        process = subprocess.Popen(argv, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL)
        self.servers[name] = (process, base + ".log")
        until = time.monotonic() + WAIT
        while not os.path.exists(base + ".port"):
            if process.poll() is not None or time.monotonic() > until:
                raise Failure("the server did not start")
            time.sleep(0.005)
        with open(base + ".port", encoding="ascii") as f:
            port = f.read().strip()
        tail = "" if name == "main" else "_" + name
        origin = f"{scheme}://127.0.0.1:{port}"
        self.words["ORIGIN" + tail] = origin
        self.words["URL" + tail] = origin + "/v1"
        self.words["PORT" + tail] = port
        self.words["LOG" + tail] = base + ".log"
        self.words["DONE" + tail] = base + ".log.done"

    def start_helper(self, argv_of):
        """Runs argv_of(port), which is to listen on that port; the port."""
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            port = free_port()
            argv = argv_of(port)
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            self.helpers.append(process)
            # It ends when somebody else has taken the port meanwhile.
            while process.poll() is None and time.monotonic() < until:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    return port
                except OSError:
                    time.sleep(0.02)
        raise Failure(f"{argv[0]} did not start")

    @staticmethod
    def tool(name):
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
        if path is None:
            raise Skip(f"{name} is not installed")
        return path

    def do_proxy(self, rest, block):
        if rest == "socks":
            port = self.start_helper(lambda port: [
                self.tool("microsocks"), "-i", "127.0.0.1", "-p", str(port)])
            self.words["PROXY"] = f"socks5h://127.0.0.1:{port}"
            return
        self.words["PROXYLOG"] = os.path.join(self.folder, "tinyproxy.log")
        port = self.start_helper(lambda port: [
            self.tool("tinyproxy"), "-d", "-c", self.conf(
                f"Port {port}\nListen 127.0.0.1\nLogLevel Info\n"
                f"LogFile \"{self.words['PROXYLOG']}\"\n")])
        self.words["PROXY"] = f"http://127.0.0.1:{port}"
        if rest == "https":
            self.start_stunnel(port)

    def start_stunnel(self, port):
        self.words["CA"] = self.tools.ca()
        front = self.start_helper(lambda front: [
            self.tool("stunnel4"), self.conf(
                "foreground = yes\npid =\n[proxy]\n"
                f"accept = 127.0.0.1:{front}\n"
                f"connect = 127.0.0.1:{port}\n"
                f"cert = {self.tools.cert()}\n"
                f"key = {self.tools.key()}\n")])
        self.words["PROXY"] = f"https://127.0.0.1:{front}"

    def conf(self, text):
        """A file of its own with that text."""
        fd, path = tempfile.mkstemp(suffix=".conf", dir=self.folder)
        with open(fd, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def do_ipv6(self, rest, block):
        if not has_ipv6():
            raise Skip("there is no IPv6 here")

    def do_nginx(self, rest, block):
        self.words["CA"] = self.tools.ca()
        self.words["PKI"] = os.path.dirname(self.tools.ca())
        port = self.start_helper(lambda port: [
            self.tool("nginx"), "-e", self.folder + "/nginx.err", "-c",
            self.conf(NGINX.format(
                self.folder, port, self.tools.cert(), self.tools.key(),
                self.fill("\n".join(block)), self.words["ORIGIN"],
                f"listen [::1]:{port} ssl http2;" if has_ipv6() else ""))])
        self.words["NGINX"] = f"https://127.0.0.1:{port}"
        self.words["NGINX6"] = f"https://[::1]:{port}"

    def log(self, name):
        path = self.servers[name or "main"][1]
        if not os.path.exists(path):
            return b""
        with open(path, "rb") as f:
            return f.read()

    def requests(self, name):
        return [r for r in re.split(rb"(?m)^=== (?=\d)", self.log(name)) if r]

    # -- the program

    def fill(self, text):
        return re.sub(r"\$([A-Za-z_]\w*)",
                      lambda m: self.words.get(m.group(1), m.group(0)), text)

    def spawn(self, rest):
        argv = [self.tools.program] + shlex.split(self.fill(rest))
        stdin = subprocess.DEVNULL if self.stdin is None else subprocess.PIPE
        process = subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.env,
                                   cwd=self.home, start_new_session=True)
        if self.closed:
            process.stdout.close()
            process.stdout = None
        return process

    def run(self, rest):
        process = self.spawn(rest)
        try:
            self.out, self.err = process.communicate(self.stdin, timeout=WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            self.out, self.err = process.communicate()
            raise Failure("did not end within %d s" % WAIT)
        self.out = self.out or b""
        self.code = process.returncode
        self.stdin = None
        self.closed = False

    def await_text(self, want):
        fd = self.running.stdout.fileno()
        os.set_blocking(fd, False)
        until = time.monotonic() + WAIT
        while want not in self.out:
            if time.monotonic() > until:
                raise Failure("never wrote %r" % want)
            try:
                piece = os.read(fd, 65536)
            except BlockingIOError:
                time.sleep(0.005)
                continue
            if not piece:
                raise Failure("ended without writing %r" % want)
            self.out += piece

    def finish(self):
        os.set_blocking(self.running.stdout.fileno(), True)
        out, self.err = self.running.communicate(timeout=WAIT)
        self.out += out
        self.code = self.running.returncode
        if self.code < 0:
            self.code = 128 - self.code
        self.running = None

    # -- steps

    def path(self, rest):
        return os.path.join(self.home, rest)

    def step(self, word, rest, block):
        method = getattr(self, "do_" + word.replace("-", "_"), None)
        if method is None:
            raise Failure("no such step")
        method(rest, block)

    def do_server(self, rest, block):
        self.start_server(rest or "main", block)

    def do_tls(self, rest, block):
        self.tls.add(rest or "main")

    def do_file(self, rest, block):
        path = self.path(rest)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.fill("".join(line + "\n" for line in block)))

    def do_bytes(self, rest, block):
        name, _, text = rest.partition(" ")
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as f:
            f.write(unescape(text))

    def do_mode(self, rest, block):
        name, _, mode = rest.partition(" ")
        os.chmod(self.path(name), int(mode, 8))

    def do_env(self, rest, block):
        name, _, value = rest.partition("=")
        self.env[name] = self.fill(value)

    def do_stdin(self, rest, block):
        self.stdin = unescape(rest)

    def do_stdin_file(self, rest, block):
        with open(self.path(rest), "rb") as f:
            self.stdin = f.read()

    def do_closed_stdout(self, rest, block):
        self.closed = True

    def do_run(self, rest, block):
        self.run(rest)

    def do_sh(self, rest, block):
        env = dict(self.env, **self.words)
        done = subprocess.run(["sh", "-c", rest], env=env, cwd=self.home,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=WAIT, check=False)
        self.out, self.err, self.code = (done.stdout, done.stderr,
                                         done.returncode)
        if done.returncode != 0:
            raise Failure("the shell ended with %d" % done.returncode)

    def do_start(self, rest, block):
        self.out = self.err = b""
        self.running = self.spawn(rest)
        self.words["PID"] = str(self.running.pid)

    def do_await(self, rest, block):
        self.await_text(unescape(rest))

    def do_signal(self, rest, block):
        self.running.send_signal(getattr(signal, "SIG" + rest))

    def do_finish(self, rest, block):
        self.finish()

    # -- checks

    @staticmethod
    def check(ok, what):
        if not ok:
            raise Failure(what)

    def bare(self, text):
        """Without the path of this case's folder, whatever its name."""
        return text.replace(os.fsencode(self.folder), b"")

    def do_exit(self, rest, block):
        self.check(self.code == int(rest), "exit %s" % self.code)

    def do_out(self, rest, block):
        self.check(self.out == unescape(self.fill(rest)),
                   "stdout is different")

    def do_out_has(self, rest, block):
        self.check(unescape(self.fill(rest)) in self.out, "stdout lacks it")

    def do_out_lacks(self, rest, block):
        self.check(unescape(rest) not in self.bare(self.out),
                   "stdout has it")

    def do_out_json(self, rest, block):
        where, _, want = rest.partition(" ")
        value = json.loads(self.out)
        for key in where.split("."):
            value = value[int(key)] if isinstance(value, list) else value[key]
        if want != "*":
            self.check(value == json.loads(self.fill(want)),
                       "is %s" % json.dumps(value))

    def do_err_has(self, rest, block):
        self.check(unescape(self.fill(rest)) in self.err, "stderr lacks it")

    def do_err_lacks(self, rest, block):
        self.check(unescape(rest) not in self.bare(self.err),
                   "stderr has it")

    def do_err_empty(self, rest, block):
        self.check(self.err == b"", "stderr is not empty")

    def do_err_lines(self, rest, block):
        self.check(self.err.count(b"\n") == int(rest), "%d lines on stderr"
                   % self.err.count(b"\n"))

    def do_requests(self, rest, block):
        n, _, name = rest.partition(" ")
        self.check(len(self.requests(name)) == int(n),
                   "%d requests came" % len(self.requests(name)))

    def do_request_has(self, rest, block):
        last = (self.requests("") or [b""])[-1]
        self.check(unescape(self.fill(rest)) in last,
                   "the request is %r" % last[-2000:])

    def do_request_lacks(self, rest, block):
        last = (self.requests("") or [b""])[-1]
        self.check(unescape(self.fill(rest)) not in last,
                   "the request is %r" % last[-2000:])

    def do_never_sent(self, rest, block):
        text, _, name = rest.rpartition(" ")
        if name not in self.servers:
            text, name = rest, "main"
        self.check(unescape(text) not in self.log(name), "it was sent")

    def do_no_clear(self, rest, block):
        want = unescape(rest)
        for folder, _, names in os.walk(self.home):
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    self.check(want not in f.read(),
                               "%s holds it" % os.path.join(folder, name))

    def do_exists(self, rest, block):
        self.check(os.path.lexists(self.path(rest)), "it is not there")

    def do_missing(self, rest, block):
        self.check(not os.path.lexists(self.path(rest)), "it is there")

    def do_file_is(self, rest, block):
        name, _, text = rest.partition(" ")
        with open(self.path(name), "rb") as f:
            self.check(f.read() == unescape(text), "it is different")

    def end(self):
        if self.running is not None:
            self.running.kill()
            self.running.wait()
        for process in self.helpers:
            process.terminate()
            process.wait(timeout=WAIT)
        for process, _ in self.servers.values():
            process.stdin.close()
            process.wait(timeout=WAIT)


class Tools:
    """Paths, and one certificate authority for all cases, made when needed."""

    def __init__(self, args, folder):
        self.program = os.path.abspath(args.program)
        self.server = os.path.abspath(args.server)
        self.make_ca = args.make_ca
        self.folder = os.path.join(folder, "ca")

    def _pki(self):
        if not os.path.isdir(self.folder):
            subprocess.run(["sh", self.make_ca, self.folder], check=True,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        return self.folder

    def ca(self):
        return os.path.join(self._pki(), "ca.pem")

    def cert(self):
        return os.path.join(self._pki(), "good.pem")

    def key(self):
        return os.path.join(self._pki(), "good.key")


def run_case(tools, folder, name, steps, kind=Case):
    case = kind(tools, new_folder(folder))
    try:
        for number, word, rest, block in steps:
            try:
                case.step(word, rest, block)
            except (Failure, subprocess.TimeoutExpired) as e:
                return "line %d: %s %s: %s\n  exit %s\n  stdout %r\n  " \
                       "stderr %r" % (number, word, rest, e, case.code,
                                      case.out[-2000:], case.err[-2000:])
            except Skip as e:
                print("skipped %s: %s" % (name, e))
                return None
            except (KeyError, IndexError, ValueError) as e:
                return "line %d: %s %s: %r\n  stdout %r\n  stderr %r" % (
                    number, word, rest, e, case.out[-2000:],
                    case.err[-2000:])
    finally:
        case.end()
        shutil.rmtree(case.folder, ignore_errors=True)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--make-ca", default="")
    parser.add_argument("-k", default="", help="only cases with this word")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    folder = new_folder(tempfile.gettempdir(), "atl-case-")
    tools = Tools(args, folder)
    passed = failed = 0
    try:
        for path in args.files:
            for name, _, steps in parse(path):
                if args.k not in name:
                    continue
                problem = run_case(tools, folder, name, steps)
                if problem is None:
                    passed += 1
                else:
                    failed += 1
                    print("FAILED %s: %s\n  %s" % (os.path.basename(path),
                                                   name, problem))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
