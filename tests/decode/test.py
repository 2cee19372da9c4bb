#!/usr/bin/env python3
"""The second reader reads every golden file, and what the program writes now.

    test.py GOLDEN [ATLLAMA ATL-SERVER RUN.PY]
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

import atj

passed = failed = 0


def check(what, ok):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAILED %s" % what)


def recovery(text):
    """A recovery code as it is written, as bytes."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    n = 0
    for c in text.replace("-", ""):
        n = n << 5 | alphabet.index(c)
    raw = n.to_bytes(35, "big")
    if atj.h(32, b"", b"atl/recovery/v1" + raw[:32])[:3] != raw[32:]:
        raise atj.Damaged("mistyped")
    return raw[:32]


def golden_vault(path):
    secrets = {
        "passphrase": {"passphrase": "correct horse battery staple"},
        "another passphrase": {"passphrase": "a second passphrase"},
        "key file": {"key": bytes(range(32))},
        "both": {"passphrase": "sch\u00f6ne Gr\u00fc\u00dfe",
                 "key": b"\xa5" * 32},
        "both, decomposed": {"passphrase": "scho\u0308ne Gru\u0308\u00dfe",
                             "key": b"\xa5" * 32},
        "recovery code": {"code": recovery(CODE)},
    }
    keys = {what: atj.Vault(path, **secret).master
            for what, secret in secrets.items()}
    check("every secret gives the same master key",
          len(set(keys.values())) == 1)
    for wrong in ({"passphrase": "wrong"}, {"key": bytes(32)},
                  {"code": bytes(32)}):
        try:
            atj.Vault(path, **wrong)
            check("a wrong secret is refused", False)
        except atj.Damaged:
            check("a wrong secret is refused", True)


CODE = "657C-A4P6-DV8P-DEZT-WV7H-DRJD-F2WQ-J1P4-QJHQ-7EYS-NVFN-QB00-GN9X-3JJA"


def golden_store(data):
    vault = atj.Vault(data + "/vault/vault.atv", key=b"\x07" * 32)
    saved, live = atj.conversations(data, vault)
    check("no fault", saved["faults"] == [] and live["faults"] == [])
    check("texts", [m["text"] for m in saved["messages"]] ==
          ["What is in the file?", "A variable.", "Gr\u00fc\u00dfe", "Ha"])
    check("outcomes", [m.get("outcome") for m in saved["messages"]] ==
          [None, "complete", None, "stopped"])
    check("the chain of messages",
          all(b["parent"] == a["id"] for a, b in
              zip(saved["messages"], saved["messages"][1:])))
    check("a document", saved["messages"][0]["documents"] ==
          [{"name": "x.c", "text": "int x;\n"}])
    check("usage", saved["messages"][1]["usage"] == [10, 3, 13])
    check("title and leaf", saved["about"]["title"] == "A golden one" and
          saved["about"]["leaf"] == saved["messages"][1]["id"])
    check("the reply left behind", live["live"] and
          live["messages"][0]["text"] == "left behind" and
          live["messages"][0]["reasoning"] == "hm")


def damage(data):
    """One flipped bit costs one record and is noticed."""
    vault = atj.Vault(data + "/vault/vault.atv", key=b"\x07" * 32)
    path = next(os.path.join(folder, name)
                for folder, _, names in os.walk(data + "/vault/c")
                for name in names)
    whole = len(list(atj.Segment(path, vault).records()))
    with tempfile.TemporaryDirectory() as tmp:
        with open(path, "rb") as f:
            good = f.read()
        for at in range(atj.FIRST, len(good), 97):
            bad = bytearray(good)
            bad[at] ^= 1 << at % 8
            copy = os.path.join(tmp, "x.atj")
            with open(copy, "wb") as f:
                f.write(bad)
            segment = atj.Segment(copy, vault)
            left = len(list(segment.records()))
            check("bit %d costs one record at most" % at,
                  left == whole - 1 and segment.faults)


def written_now(program, server):
    """What the program saves today reads the same here."""
    with tempfile.TemporaryDirectory() as tmp:
        env = {"PATH": os.environ["PATH"], "HOME": tmp, "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        script = os.path.join(tmp, "script")
        with open(script, "w", encoding="ascii") as f:
            f.write("answer\nheader Content-Type: text/event-stream\n"
                    "chat Hello\nfinish\ndone\n")
        with subprocess.Popen([server, script, "--with-parent"],
                              stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as http:
            url = "http://127.0.0.1:%d/v1" % int(http.stdout.readline())
            for question in ("first \u00fcber", "second"):
                subprocess.run([program, "-q", "-c", "-e", url, question]
                               if question == "second" else
                               [program, "-q", "-e", url, question],
                               env=env, stdin=subprocess.PIPE, check=True,
                               stdout=subprocess.DEVNULL, timeout=300)
            subprocess.run([program, "-q", "-c", "-e", url, "--script", "-"],
                           input=b"/fork try\nthird\n/system Be brief.\n"
                           b"/switch main\n/fork other\n", env=env,
                           check=True, stdout=subprocess.DEVNULL, timeout=300)
            http.stdin.close()
        with open(tmp + "/.config/atllama/key", encoding="ascii") as f:
            key = bytes.fromhex(f.read().strip())
        data = tmp + "/.local/share/atllama"
        vault = atj.Vault(data + "/vault/vault.atv", key=key)
        found = list(atj.conversations(data, vault))
        check("one conversation", len(found) == 1)
        check("its messages", [m["text"] for m in found[0]["messages"]] ==
              ["first \u00fcber", "Hello", "second", "Hello", "third",
               "Hello"])
        about = found[0]["about"]
        ids = [m["id"] for m in found[0]["messages"]]
        check("threads", about["thread"] == "other" and
              about["threads"] == {"main": ids[3], "try": ids[5]} and
              about["leaf"] == ids[3])
        check("the system prompt", about["system"] == "Be brief.")
        check("without a fault", found[0]["faults"] == [])


def all_kinds(program, server):
    """What lies beside conversations: the index, what was deleted, summaries,
    keys, what is remembered, replies kept, long messages, compacted files."""
    with tempfile.TemporaryDirectory() as tmp:
        env = {"PATH": os.environ["PATH"], "HOME": tmp, "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        data = tmp + "/.local/share/atllama"

        def run(*words, text=b""):
            return subprocess.run([program, *words], env=env, input=text,
                                  check=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL,
                                  timeout=60).stdout

        script = os.path.join(tmp, "script")
        with open(script, "w", encoding="ascii") as f:
            f.write("answer\nheader Content-Type: text/event-stream\n"
                    "chat In short\nfinish\ndone\n")
        with subprocess.Popen([server, script, "--with-parent"],
                              stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as http:
            url = "http://127.0.0.1:%d/v1" % int(http.stdout.readline())
            run("-e", url, "--script", "-", text=b"one\ntwo\nthree\nfour\n"
                b"/compact\n/remember @llama short answers\n")
            run("-e", url, "ask", "forget me")
            run("delete", "--yes", "--last")
            for _ in range(2):
                run("-e", url, "--cache", "ask", "kept")
            http.stdin.close()
        run("key", "set", "somewhere", text=b"sk-0123456789\n")
        run("key", "set", "nowhere", text=b"sk-9876543210\n")
        run("key", "unset", "nowhere")
        long = "word " * 500000
        run("import", "-", text=json.dumps(
            [{"role": "user", "content": long}]).encode())
        conv = json.loads(run("list", "--json"))[-1]["id"]
        run("rename", conv, "a title")
        run("rename", conv, "another title")
        run("compact", conv)
        with open(tmp + "/.config/atllama/key", encoding="ascii") as f:
            key = bytes.fromhex(f.read().strip())
        vault = atj.Vault(data + "/vault/vault.atv", key=key)
        found = {c["id"]: c for c in atj.conversations(data, vault)}
        rows, deleted = atj.index(os.path.join(
            tmp, ".local/state/atllama", vault.id.hex(), "index.ati"), vault)
        look_at_index(data, vault, found, rows)
        check("what was deleted", len(deleted) == 1 and deleted ==
              {mid for kind, mid, _ in atj.reserved(data, vault, "deleted")
               if kind == 3} and not deleted & set(found))
        check("a title", found[conv]["about"]["title"] == "another title")
        summaries = list(found[conv].get("summaries", {}).values())
        check("a summary", [s[2] for s in summaries] == [b"In short"] and
              summaries[0]["until"] in
              [m["id"] for m in found[conv]["messages"]])
        check("a long message in pieces", [long] in
              [[m["text"] for m in c["messages"]] for c in found.values()])
        keys = [(f[1], f[2]) for kind, _, f in
                atj.reserved(data, vault, "keys") if kind == 7]
        check("keys", dict(keys) == {b"somewhere": b"sk-0123456789",
                                     b"nowhere": b""})
        check("what is remembered", [f for kind, _, f in
              atj.reserved(data, vault, "memory") if kind == 9] ==
              [{4: b"llama", 2: b"short answers"}])
        check_cache(data, vault)
        check("no fault", all(c["faults"] == [] for c in found.values()))


def look_at_index(data, vault, found, rows):
    """Each conversation is in it, and each of its files as it lies there."""
    listed = {conv: row for conv, row in rows.items() if not row["flags"] & 2}
    check("the index lists all", set(listed) == set(found))
    for conv, row in listed.items():
        check("title and number of messages",
              row["title"] == found[conv]["about"]["title"] and
              row["messages"] == len(found[conv]["messages"]))
        last = row["heads"][-1]
        path = "%s/vault/c/%s/%s.%s.%04x.atj" % (
            data, conv[:2], conv, last["device"].hex(), last["number"])
        segment = atj.Segment(path, vault)
        records = list(segment.records())
        check("the head of a segment", segment.id == last["id"] and
              segment.device == last["device"] and
              segment.number == last["number"] and
              last["header"] == segment.bytes[:256] and
              last["file_size"] == last["size"] == len(segment.bytes) and
              last["records"] == len(records) and
              last["link"] == segment.link)


def check_cache(data, vault):
    t = [f[2] for kind, _, f in atj.reserved(data, vault, "threads")
         if kind == 9][0]
    name, = {os.path.basename(p).split(".")[0] for p in
             glob.glob(data + "/vault/s/cache-*")}
    kept = [(mid, f) for kind, mid, f in atj.reserved(data, vault, name)
            if kind == 9]
    check("a reply is kept once", [f[2] for _, f in kept] == [b"In short"] and
          name == "cache-" + kept[0][0][:2] and len(t) == 32)


def main():
    golden = sys.argv[1]
    golden_vault(golden + "/vault.atv")
    golden_store(golden + "/store/data")
    damage(golden + "/store/data")
    if len(sys.argv) > 3:
        written_now(sys.argv[2], sys.argv[3])
        all_kinds(sys.argv[2], sys.argv[3])
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
