#!/usr/bin/python3
"""far.py BUILD [--rtt MS] [-n RUNS]: how long a question waits for its first
word at an endpoint that is far away, over TLS.

Between the chat, on a pseudo-terminal, and the scripted server lies a relay that
holds every byte back for half of the round trip. Three figures, from Enter to
the first byte of the answer, as medians:

  cold     the first question, asked as soon as the prompt is there
  warmed   the first question after the prompt has stood for two seconds
  second   the question after that

A connection that is open needs one round trip; a new one needs TCP's and TLS's
too. No budget is in milliseconds: what is printed is the time over one round
trip and the factor.
"""
import argparse
import os
import pty
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = """answer GET /v1/models
header Content-Type: application/json
body {"data":[{"id":"llama-3.3-70b-instruct"}]}
answer POST /v1/chat/completions
header Content-Type: text/event-stream
chat FIRSTWORD
finish
done
"""


def pump(source, sink, delay):
    """Bytes from one socket to the other, each piece `delay` seconds late."""
    late = []
    ready = threading.Condition()

    def write():
        while True:
            with ready:
                while not late:
                    ready.wait()
                due, piece = late.pop(0)
            time.sleep(max(0, due - time.monotonic()))
            try:
                if piece:
                    sink.sendall(piece)
                else:
                    sink.shutdown(socket.SHUT_WR)
                    return
            except OSError:
                return

    threading.Thread(target=write, daemon=True).start()
    while True:
        try:
            piece = source.recv(65536)
        except OSError:
            piece = b""
        with ready:
            late.append((time.monotonic() + delay, piece))
            ready.notify()
        if not piece:
            return


def relay(port, delay):
    listener = socket.create_server(("127.0.0.1", 0))

    def connect(near):
        # TCP's own round trip: what comes first waits for one more.
        time.sleep(2 * delay)
        far = socket.create_connection(("127.0.0.1", port))
        for one, other in ((near, far), (far, near)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=pump, args=(one, other, delay),
                             daemon=True).start()

    def accept():
        while True:
            near, _ = listener.accept()
            threading.Thread(target=connect, args=(near,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


class Chat:
    def __init__(self, argv, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, env)
        self.seen = b""

    def expect(self, what):
        until = time.monotonic() + 60
        while what not in self.seen:
            if time.monotonic() > until:
                raise SystemExit(f"never saw {what!r} in {self.seen!r}")
            if select.select([self.fd], [], [], 1)[0]:
                self.seen += os.read(self.fd, 65536)
        at = time.monotonic()
        self.seen = self.seen[self.seen.index(what) + len(what):]
        return at

    def ask(self):
        begin = time.monotonic()
        os.write(self.fd, b"hello\r")
        return self.expect(b"FIRSTWORD") - begin

    def leave(self):
        os.write(self.fd, b"\x04")
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build")
    p.add_argument("--rtt", type=float, default=50)
    p.add_argument("-n", type=int, default=9)
    o = p.parse_args()
    folder = tempfile.mkdtemp(prefix="atl-far.")
    rtt = o.rtt / 1000
    subprocess.run(["sh", HERE + "/../tool/make-ca.sh", folder + "/ca"],
                   check=True)
    with open(folder + "/script", "w", encoding="ascii") as f:
        f.write(SCRIPT)
    server = subprocess.Popen(
        [o.build + "/tests/tool/atl-server", folder + "/script", "--tls",
         folder + "/ca/good.pem", folder + "/ca/good.key", "--with-parent",
         "--lifetime", "600"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = relay(int(server.stdout.readline()), rtt / 2)
    env = {"PATH": os.environ["PATH"], "HOME": folder, "TERM": "xterm",
           "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": folder}
    argv = [os.path.abspath(o.build) + "/atllama", "-q", "-e",
            f"https://127.0.0.1:{port}/v1", "--cacert", folder + "/ca/ca.pem"]
    subprocess.run([*argv[:1], "key", "init", "key-file"], env=env, check=True,
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    times = {"cold": [], "warmed": [], "second": []}
    for _ in range(o.n):
        for first, pause in (("cold", 0), ("warmed", 2)):
            chat = Chat(argv, env)
            chat.expect(b"> ")
            time.sleep(pause)
            times[first].append(chat.ask())
            chat.expect(b"> ")
            if first == "warmed":
                time.sleep(0.5)
                times["second"].append(chat.ask())
                chat.expect(b"> ")
            chat.leave()
    for name, all_times in times.items():
        middle = statistics.median(all_times)
        print(f"{name:8} {middle * 1000:7.1f} ms  {middle / rtt:5.2f} round "
              f"trips  ({len(all_times)} runs, {o.rtt:.0f} ms each)")
    server.stdin.close()
    server.wait()
    shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
