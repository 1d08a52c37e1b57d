"""Which header lines pass, which are added, and which are copied for the scorer. Pure.

Removed, both ways: hop-by-hop lines (RFC 9110, section 7.6.1), those named in `Connection`, and all `X-Endurance-*`.
Added to a request: `X-Forwarded-For`, `-Proto`, `-Host` (appended to what came), `Via` (RFC 9110, section 7.6.3), and
`traceparent` if missing (W3C Trace Context). Nothing is added to an answer but what our own connection needs: a
gateway may leave out `Via` there. Every other line stays byte for byte in its place.
"""

from binascii import hexlify
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from proxy.framing import BodyKind, Fields, RequestHead, ResponseHead, tokens_of, value_of

HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"upgrade",
    }
)
COPIED: Final = frozenset(
    {
        b"host",
        b"content-type",
        b"content-encoding",
        b"accept-language",
        b"traceparent",
        b"x-request-id",
        b"user-agent",
        b"upgrade",
        b"sec-websocket-extensions",
        b"sec-websocket-protocol",
        b"x-vercel-ai-ui-message-stream",
    }
)
"""Lines that a reader of bodies needs; credentials are never among them."""
_KEPT: Final = (b"content-length", b"transfer-encoding", b"host", b"x-forwarded-", b"traceparent")
"""Lines that a `Connection` header cannot remove: those that frame the message, and those that we go on with."""
_FORWARDED: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"})
_OURS: Final = b"x-endurance-"
TRACE: Final = b"traceparent"
CAPTURE: Final = b"x-endurance-capture"
DOCUMENTS: Final = b"x-endurance-documents"


class TrustedPeers:
    """The addresses whose `X-Forwarded-*` and `X-Endurance-*` lines are believed."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = tuple(ip_network(network, strict=False) for network in networks)
        self.is_configured = bool(self._networks)

    def holds(self, address: str | None) -> bool:
        """Say whether the peer is trusted; an IPv4 address inside IPv6 counts as itself."""
        if not self._networks or address is None:
            return False
        peer = ip_address(address.partition("%")[0])
        if peer.version == 6 and peer.ipv4_mapped is not None:
            peer = peer.ipv4_mapped
        return any(peer.version == network.version and peer in network for network in self._networks)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who sent a request, as far as headers care."""

    address: str | None
    """None for a peer without an IP address."""
    is_trusted: bool
    keeps_forwarded: bool
    """What it says in `X-Forwarded-*` stays: it is trusted, or no peer was named as trusted."""


def peer_of(address: str | None, trusted: TrustedPeers) -> Peer:
    """Return what is known of a peer with this address."""
    is_trusted = trusted.holds(address)
    return Peer(address, is_trusted, is_trusted or not trusted.is_configured)


def forwarded_request(
    head: RequestHead, target: bytes, peer: Peer, default_host: bytes, *, asks_upgrade: bool
) -> bytes:
    """Return the head to send upstream, the same for equal requests; where the client began no trace, it ends where
    `with_trace` goes on.

    `target` is the origin-form target there; `default_host` names the upstream where an HTTP/1.0 client named no host.
    """
    fields = head.fields
    block = _without(head.block, fields, _removed_names(head.block, fields, keeps_upgrade=asks_upgrade))
    host = head.authority if head.authority is not None else value_of(fields, b"host")
    if host is None:
        block += b"Host: " + default_host + b"\r\n"
    elif head.authority is not None:
        block = _with_host(block, fields, head.authority)
    block = _with_forwarded(block, fields, peer, host)
    block += b"Via: 1.%d endurance\r\n" % head.minor
    block += b"\r\n" if TRACE in fields else TRACE + b": 00-"
    return head.method + b" " + target + b" HTTP/1.1" + block


def with_trace(head: bytes, exchange_id: bytes, body: bytes) -> bytes:
    """Return a head that `forwarded_request` left open, ended, with a body; `exchange_id` has 16 bytes."""
    trace = hexlify(exchange_id)
    # Sampled: a trace that we begin unsampled would silence the upstream's own tracing.
    return b"%b%b-%b-01\r\n\r\n%b" % (head, trace, trace[16:], body)


def forwarded_response(head: ResponseHead, *, keeps_alive: bool, client_minor: int) -> bytes:
    """Return the head to send to the client; `keeps_alive`: our connection to it stays open after the answer."""
    fields = head.fields
    switches = head.status in (101, 426)
    names = _removed_names(head.block, fields, keeps_upgrade=switches)
    if client_minor == 0:
        # It knows no chunks: the body is sent without them and ends with the connection.
        names |= fields.keys() & {b"transfer-encoding"}
    block = _without(head.block, fields, names)
    if head.status == 426 and b"upgrade" in fields:
        block += b"Connection: Upgrade\r\n" if keeps_alive else b"Connection: Upgrade, close\r\n"
    elif head.status >= 200 and not keeps_alive:
        block += b"Connection: close\r\n"
    elif head.status >= 200 and client_minor == 0:
        block += b"Connection: keep-alive\r\n"
    return b"HTTP/1.1 " + head.status_and_reason + block + b"\r\n"


def keeps_client_open(request: RequestHead, response: ResponseHead) -> bool:
    """Say whether this answer's end can be told without closing the client's connection."""
    if response.body is BodyKind.CLOSE:
        return False
    return request.is_keep_alive and not (request.minor == 0 and response.body is BodyKind.CHUNKED)


def asks_for_upgrade(head: RequestHead) -> bool:
    """Say whether a request to leave HTTP is passed on.

    Not to HTTP/2 without TLS: its requests would pass unread by every rule of this proxy, and an end user could switch
    the copy off. Ignoring the wish is what RFC 9110, section 7.8 allows; the request is answered over HTTP/1.1.
    """
    return head.is_upgrade and not any(token.startswith(b"h2c") for token in tokens_of(head.fields, b"upgrade"))


def copied_lines(fields: Fields, *, with_documents: bool) -> bytes:
    """Return the allow-listed lines by name, `name: value` CRLF each; `with_documents` adds `X-Endurance-Documents`."""
    lines = []
    names = sorted(fields.keys() & COPIED)
    if with_documents and DOCUMENTS in fields:
        names.append(DOCUMENTS)
    for name in names:
        for raw_name, value in fields[name]:
            lines.append(raw_name + b": " + value.strip(b" \t") + b"\r\n")
    return b"".join(lines)


def _removed_names(block: bytes, fields: Fields, *, keeps_upgrade: bool) -> set[bytes]:
    names = fields.keys() & HOP_BY_HOP
    if b"connection" in names:
        names |= {n for n in tokens_of(fields, b"connection") & fields.keys() if not n.startswith(_KEPT)}
        if keeps_upgrade:
            # The handshake passes as received: both lines are part of it.
            names -= {b"connection", b"upgrade"}
    if _OURS in block.lower():
        names |= {name for name in fields if name.startswith(_OURS)}
    return names


def _without(block: bytes, fields: Fields, names: Iterable[bytes]) -> bytes:
    for name in names:
        # One pass for each line: a pass over neighbouring equal lines removes every other one.
        for raw_name, value in fields[name]:
            block = block.replace(b"\r\n" + raw_name + b":" + value + b"\r\n", b"\r\n")
    return block


def _replaced(block: bytes, pair: tuple[bytes, bytes], line: bytes) -> bytes:
    return block.replace(b"\r\n" + pair[0] + b":" + pair[1] + b"\r\n", b"\r\n" + line + b"\r\n", 1)


def _with_host(block: bytes, fields: Fields, authority: bytes) -> bytes:
    pairs = fields.get(b"host")
    if pairs:
        return _replaced(block, pairs[0], pairs[0][0] + b": " + authority)
    return block + b"Host: " + authority + b"\r\n"


def _with_forwarded(block: bytes, fields: Fields, peer: Peer, host: bytes | None) -> bytes:
    if not peer.keeps_forwarded:
        block = _without(block, fields, [name for name in fields if name.startswith(b"x-forwarded-")])
    address = (peer.address or "unknown").encode("latin-1")
    if host is not None and (not peer.keeps_forwarded or fields.keys().isdisjoint(_FORWARDED)):
        return b"%sX-Forwarded-For: %s\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: %s\r\n" % (block, address, host)
    for name, value in (
        (b"X-Forwarded-For", address),
        (b"X-Forwarded-Proto", b"http"),
        (b"X-Forwarded-Host", host),
    ):
        if value is None:
            continue
        pairs = fields.get(name.lower()) if peer.keeps_forwarded else None
        if not pairs:
            block += name + b": " + value + b"\r\n"
            continue
        last = pairs[-1]
        before = last[1].rstrip(b" \t")
        block = _replaced(block, last, last[0] + b":" + before + (b", " if before.strip() else b" ") + value)
    return block
