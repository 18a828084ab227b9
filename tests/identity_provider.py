"""A provider of identities (OpenID Connect) as a process of its own: `python -m tests.identity_provider`.

It signs in whoever its `/next` was told, at once, and checks what a provider checks: client, redirect address, PKCE,
and that a code is used once. `/next` also names a fault, so that a token comes out wrong in that one way.
"""

import json
import secrets
import socket
import subprocess
import sys
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

from shopkeeper.core.clock import SystemClock

CLIENT, SECRET = "shop", "the-secret-of-the-shop"


@contextmanager
def provider() -> Iterator[str]:
    """Run the provider; gives its issuer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", __name__, str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def arrange(issuer: str, **what: Any) -> None:
    """Say who signs in next, and what is wrong with their token: `sub`, `email`, `email_verified`, `fault`."""
    httpx.post(f"{issuer}/next", json=what, timeout=60).raise_for_status()


class _Provider:
    def __init__(self, issuer: str) -> None:
        from joserfc.jwk import ECKey, OctKey

        self.issuer = issuer
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig"})
        self.foreign = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig"})
        self.shared = OctKey.import_key(SECRET, {"kid": "k1"})
        self.next: dict[str, Any] = {}
        self.codes: dict[str, dict[str, Any]] = {}

    def about(self) -> dict[str, Any]:
        ends = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "keys", "userinfo")}
        return {
            "issuer": f"{self.issuer}/other" if self.next.get("fault") == "issuer" else self.issuer,
            "authorization_endpoint": ends["authorize"],
            "token_endpoint": ends["token"],
            "jwks_uri": ends["keys"],
            "userinfo_endpoint": ends["userinfo"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Sign the person in; return where to send the browser."""
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        back = {"state": asked["state"], "iss": self.issuer, "session_state": "x"}
        if self.next.get("fault") == "declined":
            return f"{asked['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}"
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode(back | {'code': code})}"

    def token(self, authorization: str, asked: dict[str, str]) -> dict[str, Any]:
        """Exchange a code. Raises: AssertionError, KeyError: it is not this client's, or was used."""
        assert b64decode(authorization.removeprefix("Basic ")).decode() == f"{CLIENT}:{SECRET}"
        began = self.codes.pop(asked["code"])
        challenge = urlsafe_b64encode(sha256(asked["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert challenge == began["code_challenge"]
        assert asked["redirect_uri"] == began["redirect_uri"]
        return {"access_token": "access", "token_type": "Bearer", "id_token": self.id_token(began["nonce"])}

    def id_token(self, nonce: str) -> str:
        from joserfc import jwt

        now, fault = int(SystemClock().now().timestamp()), self.next.get("fault")
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "s1", "nonce": nonce, "iat": now, "exp": now + 300}
        claims |= {name: self.next[name] for name in ("sub", "email", "email_verified") if name in self.next}
        claims |= {
            "nonce": {"nonce": "another"},
            "audience": {"aud": "another"},
            "token issuer": {"iss": "http://127.0.0.1:1"},
            "expired": {"iat": now - 900, "exp": now - 600},
        }.get(fault or "", {})
        if fault == "no nonce":
            del claims["nonce"]
        if fault == "thin":
            claims.pop("email", None)
        if fault == "unsigned":
            parts = ({"alg": "none", "kid": "k1"}, claims)
            return ".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."
        if fault == "shared key":
            return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, self.shared, algorithms=["HS256"])
        if fault == "new key":
            self.key = type(self.key).generate_key("P-256", {"kid": "k2", "use": "sig"})
        key = self.foreign if fault == "foreign key" else self.key
        return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])

    def userinfo(self) -> dict[str, Any]:
        return {**self.next, "sub": self.next.get("userinfo_sub", self.next.get("sub", "s1"))}


def _serve(port: int) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, RedirectResponse, Response
    from starlette.routing import Route

    one = _Provider(f"http://127.0.0.1:{port}")

    async def about(_request: Request) -> Response:
        return JSONResponse(one.about())

    async def keys(_request: Request) -> Response:
        return JSONResponse({"keys": [one.key.as_dict(private=False)]})

    async def authorize(request: Request) -> Response:
        return RedirectResponse(one.authorize(dict(request.query_params)), status_code=302)

    async def token(request: Request) -> Response:
        sent = dict(parse_qsl((await request.body()).decode()))
        return JSONResponse(one.token(request.headers["authorization"], sent))

    async def userinfo(request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer access"
        return JSONResponse(one.userinfo())

    async def plan(request: Request) -> Response:
        one.next = await request.json()
        return Response()

    async def ready() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    routes = [
        Route("/.well-known/openid-configuration", about),
        Route("/keys", keys),
        Route("/authorize", authorize),
        Route("/token", token, methods=["POST"]),
        Route("/userinfo", userinfo),
        Route("/next", plan, methods=["POST"]),
    ]

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            await ready()

    app = Starlette(routes=routes)
    Announcing(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off")).run()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
