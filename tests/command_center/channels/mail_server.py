"""A real SMTP server on loopback (RFC 5321, as much as a client needs) that keeps its mail."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.policy import default


@dataclass
class Mail:
    to: list[str]
    text: str
    subject: str


@dataclass
class MailServer:
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refuses: bool = False


def _mail(to: list[str], raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=default)
    body = message.get_body(("plain", "html"))
    return Mail(to, str(body.get_content()) if body else "", str(message["Subject"]))


@contextmanager
def mail_server() -> Iterator[MailServer]:
    found = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mail.test")
            to: list[str] = []
            for line in self.rfile:
                word = line[:4].decode().strip().upper()
                if word == "RCPT":
                    to.append(line.decode().partition("<")[2].partition(">")[0])
                    self._say("550 no such mailbox" if found.refuses else "250 yes")
                elif word == "DATA":
                    self._say("354 go on")
                    found.mails.append(_mail(to, self._data()))
                    self._say("250 kept")
                elif word == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 mail.test")

        def _data(self) -> bytes:
            lines = iter(self.rfile.readline, b".\r\n")
            return b"".join(
                line.removeprefix(b".") if line[:2] == b".." else line for line in lines
            )

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
