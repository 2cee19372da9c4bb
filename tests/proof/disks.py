#!/usr/bin/env python3
"""A home on other file systems: ext4, XFS, Btrfs, an overlay, and through FUSE
bindfs, exFAT and FAT, each in a file of its own. On each the program asks, goes
on, renames, rotates, compacts, deletes; eight processes write in one
conversation; one is killed in the middle of a reply; the disk fills up, is
mounted to read only, or a quota ends. Where there are no hard links it says
that it cannot save and what to do.

For root alone, and only in the long form: mounts are made in a namespace of
this process, which ends with it. What is not installed or not in the kernel is
skipped, and that is said.
"""
import os
import shutil
import subprocess
import sys

import bed
import limits
from bed import Broken

MIB = 1 << 20
INSIDE = "ATL_PROOF_DISKS"


def sh(command, *args, **how):
    """Runs it; returns whether it worked."""
    return subprocess.run(["sh", "-ec", command, "sh", *args],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False, **how).returncode == 0


class Disk:
    """One kind of file system. In the commands $1 is a file for its bytes and
    $2 the folder where it is mounted."""
    quota = None

    def __init__(self, name, size, make, mount, **more):
        self.name, self.size = name, size
        self.make, self.mount = make, mount
        self.tool = make.split()[0]
        self.links = more.get("links", True)
        self.read_only = more.get("read_only", "mount -o remount,ro \"$2\"")
        self.again = more.get("again", "mount -o remount,rw \"$2\"")

    def open(self, folder):
        """False: not here."""
        self.image, self.top = folder + "/image", folder + "/disk"
        os.makedirs(self.top)
        with open(self.image, "wb") as f:
            f.truncate(self.size)
        return shutil.which(self.tool) is not None and \
            self.do(self.make) and self.do(self.mount)

    def do(self, command):
        return sh(command, self.image, self.top)

    def must(self, command):
        if not self.do(command):
            raise Broken("%s: %s" % (self.name, command))

    def close(self):
        self.do("umount \"$2\" || umount -l \"$2\"")
        if os.path.exists(self.image):
            os.unlink(self.image)


LOOP = "mount -o loop \"$1\" \"$2\""
DISKS = [
    Disk("ext4", 64 * MIB, "mkfs.ext4 -qF \"$1\"", LOOP),
    Disk("ext4, without a journal", 64 * MIB,
         "mkfs.ext4 -qF -O ^has_journal \"$1\"", LOOP),
    Disk("xfs", 320 * MIB, "mkfs.xfs -qf \"$1\"", LOOP),
    Disk("btrfs", 160 * MIB, "mkfs.btrfs -qf \"$1\"", LOOP),
    # The overlay's own folders are on a tmpfs.
    Disk("overlay", 0, "mount -t tmpfs -o size=64m none \"$2\"",
         "cd \"$2\"; mkdir lower upper work; "
         "mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work "
         "none \"$2\""),
    Disk("bindfs", 64 * MIB, "mkfs.ext4 -qF \"$1\"",
         LOOP + "; command -v bindfs; bindfs \"$2\" \"$2\" -o nonempty",
         read_only="umount \"$2\"; mount -o remount,ro \"$2\"; "
                   "bindfs \"$2\" \"$2\" -o nonempty",
         again="umount \"$2\"; mount -o remount,rw \"$2\"; "
               "bindfs \"$2\" \"$2\" -o nonempty"),
    Disk("exfat", 64 * MIB, "mkfs.exfat \"$1\"",
         "l=$(losetup -f --show \"$1\"); "
         "mount.exfat-fuse \"$l\" \"$2\" || { losetup -d \"$l\"; exit 1; }; "
         "losetup -d \"$l\"", links=False),
    Disk("vfat", 64 * MIB, "mkfs.vfat \"$1\"",
         "fusefat -o rw+ \"$1\" \"$2\"", links=False),
]


def home_on(tools, disk, name, server):
    return bed.Home(tools, "%s/%s" % (disk.top, name), server)


def saves(home, *args, text="one more"):
    result = home.run("-q", *args, "ask", text)
    if result.code != 0 or text.encode() not in result.out or \
            b"NOT SAVED" in result.err:
        raise Broken("not saved: %s" % result)


def daily(home):
    """What is done with conversations, each once."""
    saves(home, text="the first")
    saves(home, "-c", text="the second")
    saves(home, text="another")
    conv = [c for c in home.list() if len(home.show(c)) == 4][0]
    home.must("rename", conv, "a new title")
    home.must("key", "rotate", "--yes")
    home.must("compact", conv)
    home.must("key", "add", "recovery")
    if home.list()[conv]["title"] != "a new title" or \
            [m[1] for m in home.show(conv)] != ["the first"] * 2 + \
            ["the second"] * 2:
        raise Broken("it has become %s" % home.show(conv))
    home.must("delete", "--yes", conv)
    if len(home.list()) != 1 or b"sound" not in home.must("verify").out:
        raise Broken("after deleting: %s" % home.run("verify"))


def killed(home):
    """kill -9 in the middle of a reply: what was shown is there."""
    server = bed.Server(home.tools, home.path + "/tmp", [
        "answer", "header Content-Type: text/event-stream",
        "framing chunked", "chat One two", "stall"])
    env = dict(home.env, LLAMA_MODEL_ENDPOINT=server.url)
    try:
        process = home.start(*bed.QUIET, "ask", "killed", env=env)
        if process.stdout.read(7) != b"One two":
            raise Broken("no beginning of a reply")
        if not bed.kill(process):
            raise Broken("it ended with %d" % process.returncode)
        process.stdout.close()
        process.stderr.close()
    finally:
        server.end()
    if ["One two"] not in [[m[1] for m in messages if m[0] == "assistant"]
                           for messages in home.all().values()]:
        raise Broken("what was shown is lost: %s" % home.all())


def until_full(home, *how):
    """Asks until it is not saved three times; returns what was saved."""
    saved, unsaved = [], 0
    for i in range(400):
        text = bed.unique(i, 30000)
        result = home.run(*how, "ask", text)
        if result.code != 0 or text[:30].encode() not in result.out:
            raise Broken("no answer when it is full: %s" % result)
        if b"NOT SAVED" not in result.err:
            saved.append(text)
            continue
        unsaved += 1
        if unsaved == 3:
            break
    if not saved or unsaved < 3:
        raise Broken("%d saved, %d not" % (len(saved), unsaved))
    for words in (["rename", "--last", "x"], ["key", "add", "recovery"],
                  ["key", "rotate", "--yes"], ["list"]):
        result = home.run(*words)
        if result.code < 0 or (result.code != 0 and not result.err):
            raise Broken("%s when it is full: %s" % (words, result))
    return saved


def all_there(home, saved):
    texts = [m[1] for messages in home.all().values() for m in messages
             if m[0] == "user"]
    for text in saved:
        if texts.count(text) != 1:
            raise Broken("%.20s is there %d times" % (
                text, texts.count(text)))
    saves(home, text="room again")


def full(disk, home):
    """No room, and room again."""
    saves(home, text="before")
    ballast = disk.top + "/ballast"
    with open(ballast, "wb") as f:
        free = os.statvfs(disk.top)
        left = free.f_bavail * free.f_frsize - MIB
        try:
            while left > 0:
                left -= f.write(os.urandom(min(left, MIB)))
                f.flush()
        except OSError:
            pass
    saved = until_full(home)
    os.unlink(ballast)
    os.sync()
    all_there(home, saved + ["before"])
    return len(saved)


def read_only(disk, home):
    saves(home, text="before")
    conv, = home.list()
    os.sync()
    disk.must(disk.read_only)
    try:
        limits.must_have(home, conv, ["before"])
        for words in (["-r" + conv, "ask", "on it"], ["ask", "a new one"]):
            result = home.run(*words)
            if result.code != 0 or b"NOT SAVED" not in result.err:
                raise Broken("%s, read-only: %s" % (words, result))
        for words in (["rename", conv, "x"], ["delete", "--yes", conv],
                      ["key", "rotate", "--yes"], ["key", "add", "recovery"]):
            result = home.run(*words)
            if result.code <= 0 or not result.err:
                raise Broken("%s, read-only: %s" % (words, result))
    finally:
        disk.must(disk.again)
    saves(home, "-r" + conv, text="after")
    limits.must_have(home, conv, ["before", "after"])


def quota(tools, disk, server):
    """EDQUOT by the file system itself: a subvolume of Btrfs."""
    top = disk.top + "/quota"
    if not sh("btrfs quota enable \"$1\"; btrfs subvolume create \"$2\"; "
              "btrfs qgroup limit 2M \"$2\"", disk.top, top):
        return "a quota could not be set"
    home = bed.Home(tools, top + "/home", server)
    saves(home, text="before")
    saved = until_full(home)
    if b"quota" not in home.run("ask", "why not").err:
        raise Broken("the quota is not named: %s" % home.run("ask", "why"))
    if not sh("btrfs qgroup limit none \"$1\"", top):
        raise Broken("the quota stays")
    all_there(home, saved + ["before"])
    return "quota: %d saved and 3 said not to be" % len(saved)


def without_links(home):
    result = home.run("ask", "on it")
    if result.code != 0 or b"on it" not in result.out or \
            b"NOT SAVED" not in result.err or \
            b"a file system with hard links" not in result.err:
        raise Broken("no word of what to do: %s" % result)
    return "no hard links: said, and where to save instead"


def one(tools, folder, disk, server):
    if not disk.open(folder):
        return "skipped: not here"
    if not disk.links:
        return without_links(home_on(tools, disk, "home", server))
    daily(home_on(tools, disk, "daily", server))
    killed(home_on(tools, disk, "killed", server))
    limits.stopped(home_on(tools, disk, "stopped", server), None)
    told = [limits.writers(home_on(tools, disk, "writers", server), None)]
    if disk.name == "btrfs":
        told.append(quota(tools, disk, server))
    read_only(disk, home_on(tools, disk, "read-only", server))
    told.append("full: %d saved and 3 said not to be" % full(
        disk, home_on(tools, disk, "full", server)))
    return "; ".join(told)


def run(tools, folder, args):
    server = bed.Server(tools, folder)
    seen = []
    try:
        for i, disk in enumerate(DISKS):
            if args.disk not in disk.name:
                continue
            try:
                told = one(tools, "%s/%d" % (folder, i), disk, server)
                seen.append("%s: %s" % (disk.name, told))
            except Broken as e:
                raise Broken("%s: %s" % (disk.name, e)) from e
            finally:
                disk.close()
    finally:
        server.end()
    return "\n".join(seen)


def options(parser):
    parser.add_argument("--disk", default="", help="those named so")


if __name__ == "__main__":
    if "--long" not in sys.argv or os.getuid() != 0:
        print("skipped: other file systems: in the long form, by root")
        sys.exit(77)
    if INSIDE not in os.environ:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])
    sys.exit(bed.main(run, __doc__, options))
