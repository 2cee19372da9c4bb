#!/usr/bin/env python3
"""A second reader of what atllama saves, written from atllama-journal(5) alone.

    atj.py DATA --key-file FILE | --key HEX | --passphrase TEXT

DATA is the data folder (the one with vault/ in it). Prints one JSON object for
each conversation and live file: its messages in order, what is known about it,
and what could not be read. It shares no code with the program: BLAKE2b comes
from hashlib, SipHash is written out here, and the cipher and Argon2id are
libsodium's own functions, called through ctypes.
"""
import argparse
import ctypes
import ctypes.util
import glob
import hashlib
import json
import os
import struct
import sys
import unicodedata

SYNC = bytes.fromhex("52A7D11E")
END = bytes.fromhex("AD582EE1")
HEADER = 256
FIRST = 512
MASK = (1 << 64) - 1

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
if sodium.sodium_init() < 0:
    raise OSError("libsodium does not start")


class Damaged(Exception):
    pass


def h(size, key, text):
    return hashlib.blake2b(text, digest_size=size, key=key).digest()


def kdf(context, number, key):
    return hashlib.blake2b(b"", digest_size=32, key=key,
                           salt=number.to_bytes(8, "little") + bytes(8),
                           person=context + bytes(8)).digest()


def open_sealed(key, nonce, ad, sealed):
    if len(sealed) < 16:
        raise Damaged("too short")
    out = ctypes.create_string_buffer(max(len(sealed) - 16, 1))
    rc = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        out, None, None, sealed, ctypes.c_ulonglong(len(sealed)), ad,
        ctypes.c_ulonglong(len(ad)), nonce, key)
    if rc != 0:
        raise Damaged("not authentic")
    return out.raw[:len(sealed) - 16]


def argon2id(passphrase, salt, passes, kib):
    out = ctypes.create_string_buffer(32)
    rc = sodium.crypto_pwhash(
        out, ctypes.c_ulonglong(32), passphrase,
        ctypes.c_ulonglong(len(passphrase)), salt,
        ctypes.c_ulonglong(passes), ctypes.c_size_t(kib * 1024), 2)
    if rc != 0:
        raise MemoryError("Argon2id needs %d KiB" % kib)
    return out.raw


def rotl(x, n):
    return ((x << n) | (x >> (64 - n))) & MASK


def siphash(key, text):
    """SipHash-2-4 (Aumasson and Bernstein, 2012), as 8 little-endian bytes."""
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D,
         k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(n):
        for _ in range(n):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotl(v[1], 13) ^ v[0]
            v[0] = rotl(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotl(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotl(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotl(v[1], 17) ^ v[2]
            v[2] = rotl(v[2], 32)

    tail = text[len(text) // 8 * 8:]
    last = len(text) & 0xFF
    words = [int.from_bytes(text[i:i + 8], "little")
             for i in range(0, len(text) // 8 * 8, 8)]
    words.append(int.from_bytes(tail, "little") | last << 56)
    for m in words:
        v[3] ^= m
        rounds(2)
        v[0] ^= m
    v[2] ^= 0xFF
    rounds(4)
    return (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")


class Vault:
    """The master key out of vault.atv, by one of the secrets."""

    def __init__(self, path, passphrase=None, key=None, code=None):
        with open(path, "rb") as f:
            self.bytes = f.read()
        d = self.bytes
        if len(d) != 4096 or d[:8] != b"ATLVAULT":
            raise Damaged("no vault")
        if h(32, b"", d[:4064]) != d[4064:]:
            raise Damaged("the sum of the vault is wrong")
        self.id = d[16:32]
        self.epoch = struct.unpack("<I", d[40:44])[0]
        self.master = None
        for i in range(8):
            self.master = self.try_slot(d[64 + 384 * i:448 + 384 * i],
                                        passphrase, key, code)
            if self.master:
                break
        if not self.master:
            raise Damaged("no slot opens with that")
        if h(32, kdf(b"atlvlt01", 2, self.master), d[:4032]) != d[4032:4064]:
            raise Damaged("the vault was changed without its key")
        self.wrap = kdf(b"atlvlt01", 1, self.master)
        self.index = kdf(b"atlvlt01", 3, self.master)

    def try_slot(self, s, passphrase, key, code):
        kind, salt = s[0], s[16:32]
        passes, kib = struct.unpack("<II", s[4:12])
        stretched = hashed = None
        if kind in (1, 3) and passphrase is not None:
            text = unicodedata.normalize("NFC", passphrase).encode()
            stretched = argon2id(text, salt, passes, kib)
        if kind in (2, 3) and key is not None:
            hashed = h(32, salt, b"atl/kf/v1" + key)
        ikm = {1: stretched, 2: hashed, 5: code}.get(kind)
        if kind == 3 and stretched and hashed:
            ikm = h(32, stretched, hashed)
        if ikm is None or kdf(b"atlslot1", 2, ikm) != s[64:96]:
            return None
        ad = b"atl/slot/v1" + self.bytes[:32] + self.bytes[40:44] + s[:96]
        return open_sealed(kdf(b"atlslot1", 1, ikm), s[96:120], ad, s[120:168])


def fields(payload):
    i = 0
    while i < len(payload):
        if i + 6 > len(payload):
            raise Damaged("a field is cut")
        tag, n = struct.unpack("<HI", payload[i:i + 6])
        if i + 6 + n > len(payload):
            raise Damaged("a field is too long")
        yield tag, payload[i + 6:i + 6 + n]
        i += 6 + n


ROLES = ["user", "assistant", "system", "tool"]
OUTCOMES = ["none", "complete", "length", "filtered", "stopped", "cut",
            "failed"]
MESSAGE_TEXTS = {2: "text", 3: "reasoning", 4: "agent", 5: "model",
                 6: "endpoint", 7: "finish", 8: "note",
                 13: "task"}
META_TEXTS = {4: "agent", 5: "model", 32: "title", 33: "system", 35: "tty"}


def message(payload):
    out = {"role": "user"}
    for tag, value in fields(payload):
        if tag in MESSAGE_TEXTS:
            out[MESSAGE_TEXTS[tag]] = value.decode("utf-8")
        elif tag == 1:
            out["role"] = ROLES[value[0]]
        elif tag == 9:
            out["outcome"] = OUTCOMES[value[0]]
        elif tag == 10:
            out["usage"] = list(struct.unpack("<qqq", value))
        elif tag == 11:
            doc = dict(fields(value))
            out.setdefault("documents", []).append(
                {"name": doc[12].decode(), "text": doc.get(2, b"").decode()})
    return out


class Segment:
    """A file of records; self.faults says what could not be read."""

    def __init__(self, path, vault):
        with open(path, "rb") as f:
            self.bytes = f.read()
        self.vault = vault
        self.faults = []
        for at in (0, HEADER):
            head = self.bytes[at:at + HEADER]
            try:
                self.take_header(head)
                return
            except (Damaged, struct.error) as e:
                problem = e
        raise Damaged("no header: %s" % problem)

    def take_header(self, head):
        if len(head) != HEADER or head[:8] != b"ATLJRNL\0":
            raise Damaged("no header")
        if siphash(bytes(16), head[:200]) != head[200:208]:
            raise Damaged("its sum is wrong")
        if struct.unpack("<HHI", head[8:16]) != (1, 0, FIRST) or \
                any(head[84:96]) or any(head[208:224]):
            raise Damaged("not of version 1.0")
        if head[16:32] != self.vault.id:
            raise Damaged("of another vault")
        self.number, self.epoch, flags = struct.unpack("<III", head[72:84])
        self.device, self.before = head[64:72], head[168:184]
        if flags & 4:
            if any(head[32:48]) or any(head[96:168]):
                raise Damaged("an index with a key")
            root = self.vault.index
        else:
            root = open_sealed(self.vault.wrap, head[96:120],
                               b"atl/seg/v1" + head[:96], head[120:168])
        if h(32, kdf(b"atlseg01", 2, root), head[:224]) != head[224:]:
            raise Damaged("not authentic")
        self.conv, self.id = head[32:48], head[48:64]
        self.live = bool(flags & 1)
        self.compacted = bool(flags & 2)
        self.key = kdf(b"atlseg01", 1, root)
        self.link = h(32, b"", head)[:16]

    def frame(self, at):
        """Length of the body of the record at `at`, or None."""
        head = self.bytes[at:at + 48]
        if len(head) < 48 or head[:4] != SYNC or \
                siphash(self.id, head[:40]) != head[40:48]:
            return None
        n = struct.unpack("<I", head[4:8])[0]
        if n % 16 or not 144 <= n <= 16 * 1024 * 1024 + 4096:
            return None
        return n

    def body(self, at, n):
        record = self.bytes[at:at + n + 64]
        if len(record) < n + 64:
            raise Damaged("cut")
        tail = record[48 + n:]
        if tail[:4] != END or tail[4:8] != struct.pack("<I", n + 64) or \
                siphash(self.id, record[:56 + n]) != tail[8:]:
            raise Damaged("its sum is wrong")
        ad = (b"atl/rec/v1" + self.vault.id + self.conv + self.id +
              record[:40])
        plain = open_sealed(self.key, record[16:40], ad, record[48:48 + n])
        size = struct.unpack("<I", plain[4:8])[0]
        if any(plain[64 + size:]):
            raise Damaged("padding is not zero")
        return plain, record

    def records(self):
        at, expected = FIRST, 0
        while at < len(self.bytes):
            n = self.frame(at)
            if n is not None:
                try:
                    plain, record = self.body(at, n)
                except Damaged as e:
                    self.faults.append("record at %d: %s" % (at, e))
                    at += n + 64
                    continue
                seq = struct.unpack("<Q", record[8:16])[0]
                if seq < expected:
                    self.faults.append("record %d is there again" % seq)
                    at += n + 64
                    continue
                if seq > expected:
                    self.faults.append("%d records are missing"
                                       % (seq - expected))
                elif plain[16:32] != self.link:
                    self.faults.append("record %d has another before it" % seq)
                expected = seq + 1
                self.link = h(32, b"", record[:48] +
                              record[32 + n:48 + n])[:16]
                kind, _, flags, size = struct.unpack("<BBHI", plain[:8])
                yield (kind, flags, struct.unpack("<q", plain[8:16])[0],
                       plain[32:48].hex(), plain[48:64].hex(),
                       plain[64:64 + size])
                at += n + 64
                continue
            ahead = at + 8
            while ahead < len(self.bytes) and self.frame(ahead) is None:
                ahead += 8
            self.faults.append("%d bytes at %d are no record"
                               % (min(ahead, len(self.bytes)) - at, at))
            at = ahead


def whole(records):
    """The same, with payloads in parts put together."""
    parts = []
    for kind, flags, time, mid, parent, payload in records:
        if kind == 4:
            parts.append(payload[4:])
            continue
        if flags & 8:
            payload = b"".join(parts) + payload[4:]
        parts = []
        yield kind, flags, time, mid, parent, payload


def segments(paths, vault):
    """In their order, without those that a compacted one stands for."""
    out = []
    for path in reversed(paths):
        out.insert(0, Segment(path, vault))
        if out[0].compacted:
            break
    return out


def read(paths, vault):
    out = {"messages": [], "about": {}, "faults": []}
    deltas = {1: b"", 2: b""}
    for segment in segments(paths, vault):
        out["id"] = segment.conv.hex()
        out["live"] = segment.live
        for kind, flags, time, mid, parent, payload in \
                whole(segment.records()):
            if kind == 1:
                m = message(payload)
                m.update(id=mid, parent=parent, time=time)
                out["messages"].append(m)
            elif kind == 2:
                for tag, value in fields(payload):
                    if tag in META_TEXTS:
                        out["about"][META_TEXTS[tag]] = value.decode()
                    elif tag == 34:
                        out["about"]["leaf"] = value.hex()
                    elif tag == 36:
                        out["about"].setdefault("threads", {})[
                            value[16:].decode()] = value[:16].hex()
                    elif tag == 37:
                        out["about"]["thread"] = value.decode()
            elif kind == 10:
                out.setdefault("summaries", {})[mid] = dict(
                    fields(payload), until=parent)
            elif kind == 5:
                deltas[payload[0]] += payload[1:]
        out["faults"] += segment.faults
    if out.get("live") and out["messages"]:
        out["messages"][0]["text"] = deltas[1].decode()
        out["messages"][0]["reasoning"] = deltas[2].decode()
    return out


def conversations(data, vault):
    folder = os.path.join(data, "vault")
    groups = {}
    for path in sorted(glob.glob(folder + "/c/??/*.atj")):
        groups.setdefault(os.path.basename(path).split(".")[0],
                          []).append(path)
    for path in sorted(glob.glob(folder + "/live/*.atj")):
        groups[path] = [path]
    for paths in groups.values():
        yield read(paths, vault)


INDEX_TEXTS = {64: "title", 65: "agent", 66: "model", 67: "tty"}
INDEX_NUMBERS = {68: "began", 69: "last", 70: "messages", 71: "flags"}


def head_of(entry):
    """What the index knows of a segment."""
    number, settled, size, records = struct.unpack("<IIQQ", entry[24:48])
    if settled > 1 or (settled and not size):
        raise Damaged("a head does not say whether it was on the disk")
    return {"id": entry[:16], "device": entry[16:24], "number": number,
            "size": size, "records": records, "link": entry[48:64],
            "file_size": struct.unpack("<Q", entry[64:72])[0],
            "header": entry[96:352]}


def index(path, vault):
    """The conversations it lists by their ids, and the ids that are deleted."""
    rows, deleted = {}, set()
    segment = Segment(path, vault)
    for kind, _, _, mid, _, payload in whole(segment.records()):
        if kind == 17:
            deleted.add(mid)
            rows.pop(mid, None)
        elif kind == 16:
            row = {"heads": []}
            for tag, value in fields(payload):
                if tag in INDEX_TEXTS:
                    row[INDEX_TEXTS[tag]] = value.decode()
                elif tag in INDEX_NUMBERS:
                    row[INDEX_NUMBERS[tag]] = struct.unpack("<Q", value)[0]
                elif tag == 72:
                    row["heads"] += [head_of(value[i:i + 352])
                                     for i in range(0, len(value), 352)]
            rows[mid] = row
    if segment.faults:
        raise Damaged("the index: %s" % segment.faults)
    return rows, deleted


def reserved(data, vault, name):
    """The records of a reserved conversation: type, id and fields, or the
    payload where it has none."""
    paths = sorted(glob.glob("%s/vault/s/%s.*.atj" % (data, name)))
    for segment in segments(paths, vault):
        if segment.conv != h(16, b"", b"atl/s/v1" + name.encode()):
            raise Damaged("%s has another id" % name)
        for kind, _, _, mid, _, payload in whole(segment.records()):
            if kind in (7, 9):
                payload = dict(fields(payload))
            yield kind, mid, payload
        if segment.faults:
            raise Damaged("%s: %s" % (name, segment.faults))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--key-file")
    parser.add_argument("--key")
    parser.add_argument("--passphrase")
    args = parser.parse_args()
    key = bytes.fromhex(args.key) if args.key else None
    if args.key_file:
        with open(args.key_file, "rb") as f:
            raw = f.read()
        key = raw if len(raw) == 32 else bytes.fromhex(raw.decode().strip())
    try:
        vault = Vault(os.path.join(args.data, "vault", "vault.atv"),
                      passphrase=args.passphrase, key=key)
        for conversation in conversations(args.data, vault):
            print(json.dumps(conversation))
    except Damaged as e:
        print("atj.py: %s" % e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
