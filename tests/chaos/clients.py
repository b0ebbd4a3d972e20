"""Three kinds of clients: honest ones, who check every byte of what they get; rude ones, who leave at any step and send
what they like; and those who make applications do harm."""

import asyncio
import collections
import hashlib
import json
import socket
import struct

TIMEOUT = 60.0  # seconds; an answer that takes longer has been forgotten


class Findings:
    """What must not be, and how often what may be was seen."""

    def __init__(self):
        self.lines = []
        self.counts = collections.Counter()

    def add(self, line):
        self.lines.append(line)
        print("FINDING", line, flush=True)

    def summary(self):
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.counts.items()))
        return f"chaos: {len(self.lines)} findings; {counts}"


async def read_answer(reader, method):
    """(status, fields, body) of one answer; raises EOFError where it breaks off."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    status = int(first.split()[1])
    fields = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    if status < 200:
        return await read_answer(reader, method)
    if method == "HEAD" or status in (204, 304):
        return status, fields, b""
    if fields.get("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return status, fields, body
    if "content-length" in fields:
        return status, fields, await reader.readexactly(int(fields["content-length"]))
    return status, fields, await reader.read(-1)


class Request:
    """One honest request and what its answer must be."""

    def __init__(self, host, rng, number):
        self.host = host
        self.token = f"{host.name}-{rng.getrandbits(64):x}-{number}"
        self.method = rng.choice(["GET", "GET", "GET", "POST", "POST", "HEAD", "PUT"])
        self.kind = rng.choices(["answer", "large", "wraps", "file", "missing"], [10, 2, 1, 3, 1])[0]
        if self.kind != "answer":
            self.method = "GET"
        self.body = b""
        self.is_chunked = False
        if self.method in ("POST", "PUT"):
            self.body = rng.randbytes(rng.choice([0, 1, 100, 5_000, 70_000, 300_000]))
            self.is_chunked = rng.random() < 0.3
        self.count = rng.choice([1, 5_000, 300_000, 2_000_000])
        self.path = {
            "answer": "/" + self.token, "large": f"/large?{self.count}", "wraps": "/wraps",
            "file": "/static/file.bin", "missing": "/static/" + self.token,
        }[self.kind]

    def bytes(self):
        head = (f"{self.method} {self.path} HTTP/1.1\r\nHost: {self.host.name}\r\nX-Token: {self.token}\r\n")
        if self.is_chunked:
            step = max(1, len(self.body) // 3)
            pieces = [self.body[at:at + step] for at in range(0, len(self.body), step)]
            coded = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
            return (head + "Transfer-Encoding: chunked\r\n\r\n").encode() + coded
        if self.method in ("POST", "PUT"):
            head += f"Content-Length: {len(self.body)}\r\n"
        return (head + "\r\n").encode() + self.body

    def complaint(self, status, fields, body):
        """What is wrong with the answer; None where nothing is."""
        if self.kind == "missing":
            return None if status == 404 else f"status {status} for a file that does not exist"
        if status != 200:
            return f"status {status}"
        if self.kind == "file":
            return None if body == self.host.file else f"a file of {len(body)} bytes that is not the one asked for"
        if self.kind == "wraps":
            return None if body == self.token.encode() * 4096 else "a wrapped file of somebody else"
        if self.kind == "large":
            unit = hashlib.sha256(self.token.encode()).hexdigest().encode()
            whole = (unit * (self.count // len(unit) + 1))[:self.count]
            return None if body == whole else f"a large answer that is not its own ({len(body)} bytes)"
        if fields.get("x-token") != self.token:
            return f"the answer of {fields.get('x-token')}"
        if self.method == "HEAD":
            return None
        said = json.loads(body)
        expected = {
            "host": self.host.name, "method": self.method, "path": self.path, "token": self.token, "group": self.host.group,
            "size": len(self.body), "sha256": hashlib.sha256(self.body).hexdigest()}
        wrong = {name: said.get(name) for name, value in expected.items() if said.get(name) != value}
        return f"an answer about {wrong}" if wrong else None


class Honest:
    def __init__(self, site, host, rng, findings):
        self.site, self.host, self.rng, self.findings = site, host, rng, findings
        self.number = 0

    async def session(self):
        """One connection with some requests, pipelined or one after the other."""
        count = self.rng.choice([1, 1, 5, 30])
        requests = []
        for _ in range(count):
            self.number += 1
            requests.append(Request(self.host, self.rng, self.number))
        if self.rng.random() < 0.3:  # pipelined: only what has no large body, so that neither side waits for the other
            requests = [request for request in requests if len(request.body) < 10_000]
            groups = [requests] if requests else []
        else:
            groups = [[request] for request in requests]
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.site.port, limit=1 << 22)
        except OSError as error:
            self.findings.add(f"{self.host.name}: cannot connect: {error}")
            await asyncio.sleep(1)
            return
        try:
            for group in groups:
                if not await self.exchange(group, reader, writer):
                    return
        finally:
            writer.close()

    async def exchange(self, group, reader, writer):
        """True: the connection goes on."""
        request = group[0]
        try:
            writer.write(b"".join(one.bytes() for one in group))
            for request in group:
                status, fields, body = await asyncio.wait_for(read_answer(reader, request.method), TIMEOUT)
                complaint = request.complaint(status, fields, body)
                if complaint is None:
                    self.findings.counts["well"] += 1
                elif self.may_fail(status):
                    self.findings.counts[f"{status} of a group that is being hurt"] += 1
                else:
                    self.findings.add(f"{self.host.name}: {request.method} {request.path}: {complaint}")
                if fields.get("connection", "").lower() == "close":
                    return False
            return True
        except asyncio.TimeoutError:
            self.findings.add(f"{self.host.name}: {request.method} {request.path}: no answer in {TIMEOUT} s")
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            if self.host.is_hurt:
                self.findings.counts["broken off, of a group that is being hurt"] += 1
            else:
                self.findings.add(f"{self.host.name}: {request.method} {request.path}: broken off: {error!r}")
        return False

    def may_fail(self, status):
        return self.host.is_hurt and status in (500, 502, 503, 504)


class Rude:
    """Whatever it does, nobody else is to notice."""

    def __init__(self, site, rng):
        self.site, self.rng = site, rng

    async def session(self):
        action = self.rng.choice([action for action in (
            self.leaves, self.resets, self.half_closes, self.dribbles, self.does_not_read, self.talks_nonsense,
            self.pipelines, self.has_large_head) if action.__name__ not in self.site.left_out])
        sock = socket.socket()
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.site.port))
            await asyncio.wait_for(action(sock), 10)
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            sock.close()

    def some_request(self):
        host = self.rng.choice(self.site.hosts)
        return Request(host, self.rng, 0).bytes()

    async def send(self, sock, data):
        await asyncio.get_running_loop().sock_sendall(sock, data)

    async def leaves(self, sock):
        data = self.some_request()
        await self.send(sock, data[:self.rng.randrange(len(data) + 1)])
        await asyncio.sleep(self.rng.random() * 0.05)

    async def resets(self, sock):
        data = self.some_request()
        await self.send(sock, data[:self.rng.randrange(len(data) + 1)])
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def half_closes(self, sock):
        data = self.some_request()
        await self.send(sock, data[:self.rng.randrange(len(data) + 1)])
        sock.shutdown(socket.SHUT_WR)
        while await asyncio.get_running_loop().sock_recv(sock, 65536):
            pass

    async def dribbles(self, sock):
        for byte in self.some_request()[:200]:
            await self.send(sock, bytes([byte]))
            await asyncio.sleep(0.01)

    async def does_not_read(self, sock):
        host = self.rng.choice(self.site.hosts)
        await self.send(sock, f"GET /large?20000000 HTTP/1.1\r\nHost: {host.name}\r\n\r\n".encode())
        await asyncio.sleep(self.rng.random() * 3)

    async def talks_nonsense(self, sock):
        await self.send(sock, self.rng.randbytes(self.rng.randrange(2000)))
        await asyncio.get_running_loop().sock_recv(sock, 65536)

    async def pipelines(self, sock):
        host = self.rng.choice(self.site.hosts)
        await self.send(sock, f"GET /p HTTP/1.1\r\nHost: {host.name}\r\n\r\n".encode() * 2000)

    async def has_large_head(self, sock):
        await self.send(sock, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * self.rng.choice([9_000, 70_000, 2_000_000]))
        await asyncio.get_running_loop().sock_recv(sock, 65536)


class Harmful:
    """Asks the applications of sites that may be hurt to do harm."""

    DEEDS = ["raises?10", "raises?6000000", "raises_midway", "sends_less", "has_large_head?6000000", "sleeps?0.5",
             "computes?0.3", "computes_behind", "dies", "exits", "forks", "logs"]

    def __init__(self, site, rng):
        self.site, self.rng = site, rng

    async def session(self):
        host = self.rng.choice([host for host in self.site.hosts if host.is_hurt])
        deed = self.rng.choice([deed for deed in self.DEEDS if deed.split("?")[0] not in self.site.left_out])
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.site.port)
            writer.write(f"GET /harm/{deed} HTTP/1.1\r\nHost: {host.name}\r\nConnection: close\r\n\r\n".encode())
            await asyncio.wait_for(reader.read(-1), TIMEOUT)
            writer.close()
        except (OSError, asyncio.TimeoutError):
            pass
        await asyncio.sleep(self.rng.random())
