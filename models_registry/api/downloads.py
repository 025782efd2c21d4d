"""Stored bytes over HTTP: whole or one span (RFC 9110), in pieces, never held whole."""

import re

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from models_registry import artifacts

SPAN = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


def answer(request: HttpRequest, *, sha256: str, size_bytes: int, filename: str) -> HttpResponseBase:
    """200, 206 for a satisfiable span, 304 for who has it already, 416 for a span beyond the end.

    Several spans, or one that cannot be read, are answered with the whole file, as the RFC allows.
    """
    etag = f'"{sha256}"'
    fixed = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    if etag in _listed(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=fixed)
    span = _span(request, etag=etag, size_bytes=size_bytes)
    if span is not None and span[0] >= size_bytes:
        return HttpResponse(status=416, headers=fixed | {"Content-Range": f"bytes */{size_bytes}"})
    start, end = span or (0, size_bytes - 1)
    length = end - start + 1
    headers = fixed | {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(length),
        "Content-Disposition": content_disposition_header(True, filename) or "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end}/{size_bytes}"
    status = 200 if span is None else 206
    body = artifacts.read(sha256, start=start, length=length) if request.method != "HEAD" else iter(())
    return StreamingHttpResponse(body, status=status, headers=headers)


def _span(request: HttpRequest, *, etag: str, size_bytes: int) -> tuple[int, int] | None:
    """First and last byte asked for; None for the whole. A start at or past the end cannot be met."""
    found = SPAN.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = found.groups()
    if not first:
        if not last:
            return None
        return (max(size_bytes - int(last), 0), size_bytes - 1) if int(last) else (size_bytes, size_bytes)
    start = int(first)
    end = min(int(last), size_bytes - 1) if last else size_bytes - 1
    if last and int(last) < start:
        return None
    return (start, end)


def _listed(header: str) -> set[str]:
    return {part.strip().removeprefix("W/") for part in header.split(",")}
