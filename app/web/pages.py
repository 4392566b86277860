"""The few pages for people: documentation, problems, the front door. Self-contained: nothing comes from elsewhere."""

from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import Response

from app.web.answers import answer
from app.web.problems import KINDS, ProblemKind

_STATIC = Path(__file__).parent / "static"
_PAGE = Template((_STATIC / "page.html").read_text(encoding="utf-8"))
_HTML = b"text/html; charset=utf-8"
_POLICY = (
    b"content-security-policy",
    b"; ".join(
        [
            b"default-src 'none'",
            b"script-src 'self'",
            b"style-src 'self'",
            b"connect-src 'self'",
            b"img-src data:",
            b"base-uri 'none'",
            b"form-action 'self'",
            b"frame-ancestors 'none'",
        ]
    ),
)
_SCRIPT = '<script src="/docs/docs.js" defer></script>\n'

ASSETS = {
    "docs.js": ((_STATIC / "docs.js").read_bytes(), b"text/javascript; charset=utf-8"),
    "docs.css": ((_STATIC / "docs.css").read_bytes(), b"text/css; charset=utf-8"),
}
"""The files that pages ask for, with their media types."""


def page(request: Request, body: bytes) -> Response:
    """A whole page, under a policy that lets it load from this service alone."""
    return answer(request, body, media_type=_HTML, headers=[_POLICY])


def _rendered(title: str, body: str, head: str = "") -> bytes:
    return _PAGE.substitute(title=escape(title), body=body, head=head).encode()


def _problem_page(kind: ProblemKind) -> bytes:
    return _rendered(
        kind.title,
        f"<h1>{escape(kind.title)}</h1>\n"
        f"<p><code>{kind.type}</code>, status {kind.status}</p>\n"
        f"<p>{escape(kind.meaning)}</p>\n<h2>What to do</h2>\n<p>{escape(kind.remedy)}</p>\n"
        '<p><a href="/problems">All problems</a></p>',
    )


def _list_of_problems() -> bytes:
    rows = "".join(
        f'<tr><td><a href="{kind.type}"><code>{kind.name}</code></a></td><td>{kind.status}</td>'
        f"<td>{escape(kind.title)}</td></tr>\n"
        for kind in KINDS.values()
    )
    return _rendered(
        "Problems",
        "<h1>Problems</h1>\n<p>Every failure is answered as RFC 9457 has it, with one of these types. "
        f"None ever repeats a value that was sent.</p>\n<table>\n{rows}</table>",
    )


PROBLEM_PAGES = {kind.name: _problem_page(kind) for kind in KINDS.values()}
PROBLEMS_PAGE = _list_of_problems()
DOCS_PAGE = _rendered(
    "cartalog: the API",
    '<h1>cartalog</h1>\n<p>This page draws <a href="/openapi.json">/openapi.json</a>, and needs JavaScript for it.</p>',
    _SCRIPT,
)
HOME_PAGE = _rendered(
    "cartalog",
    "<h1>cartalog</h1>\n<p>Trials of engineered cell therapy in autoimmune disease, and whom each of them may take. "
    "It informs a coordinator; it decides for nobody.</p>\n<ul>\n"
    '<li><a href="/docs">Documentation</a>, drawn from <a href="/openapi.json">/openapi.json</a></li>\n'
    '<li><a href="/v1/trials">/v1/trials</a>: the catalogue</li>\n'
    '<li><a href="/v1/vocabulary">/v1/vocabulary</a>: the codes</li>\n'
    '<li><a href="/problems">/problems</a>: what can go wrong</li>\n</ul>',
)
