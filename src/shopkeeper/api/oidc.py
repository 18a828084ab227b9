"""Signing in through a provider of identities: OpenID Connect's authorization code with PKCE, by Authlib and joserfc.

What is remembered between the two requests stands in the browser's cookie alone: a random text, from which `state`,
`nonce` and the PKCE verifier are derived with a key of the shop. So it works in any number of processes.
"""

import hmac
import logging
import time
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from shopkeeper.core.errors import NotPermitted
from shopkeeper.core.settings import Settings
from shopkeeper.flows.entrance import Identity
from shopkeeper.flows.session import REFUSALS, Provider, Refusal
from shopkeeper.protect.secret import new_secret

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

LASTS: Final = timedelta(minutes=10)
NAME: Final = "main"
KEPT_FOR: Final = 3600.0
"""Seconds for which the provider's description and keys are kept."""
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""Signatures by a key that the provider alone has: never `none`, never one made with a shared secret."""
_LEEWAY: Final = 60
_PATIENCE: Final = 10.0
"""Seconds to wait for the provider."""
_SCOPE: Final = "openid email profile"
_log = logging.getLogger(__name__)


class Refused(NotPermitted):
    """Nobody was signed in; `why` is a key of `flows.session.REFUSALS`."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(REFUSALS[why])
        self.why: Refusal = why


class Begun(NamedTuple):
    """Where to send the browser, and what it holds meanwhile."""

    url: str
    cookie: str


class Returned(NamedTuple):
    """What came back with the browser; empty where it was not sent."""

    cookie: str
    code: str
    state: str
    error: str = ""
    issuer: str = ""


def providers(settings: Settings) -> tuple[Provider, ...]:
    """List the providers that one can sign in through."""
    if settings.oidc_issuer is None:
        return ()
    return (Provider(name=NAME, title=settings.oidc_title or urlsplit(settings.oidc_issuer).hostname or NAME),)


@lru_cache(maxsize=4)
def provider_of(settings: Settings, name: str) -> "Oidc | None":
    """Return the provider of a name; what it knows is kept with it."""
    if name != NAME or settings.oidc_issuer is None:
        return None
    return Oidc(settings, issuer=settings.oidc_issuer)


class Oidc:
    """One provider of identities."""

    def __init__(self, settings: Settings, *, issuer: str) -> None:
        self._settings = settings
        self._issuer = issuer
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    async def begin(self, rng: Random, *, key: bytes, now: datetime) -> Begun:
        """Begin: make the address to send the browser to. Raises: Refused: the provider does not answer."""
        cookie = f"{int(now.timestamp())}.{new_secret(rng)}"
        about = await self._about()
        async with self._client(about) as client:
            url, _ = client.create_authorization_url(
                about["authorization_endpoint"],
                state=_derived("state", cookie, key),
                nonce=_derived("nonce", cookie, key),
                code_verifier=_derived("verifier", cookie, key),
            )
        return Begun(url, cookie)

    async def finish(self, returned: Returned, *, key: bytes, now: datetime) -> Identity:
        """Exchange the code for who it is. Raises: Refused: anything does not fit."""
        self._check_return(returned, key=key, now=now)
        about = await self._about()
        try:
            async with self._client(about) as client:
                verifier = _derived("verifier", returned.cookie, key)
                token = await client.fetch_token(
                    about["token_endpoint"],
                    grant_type="authorization_code",
                    code=returned.code,
                    code_verifier=verifier,
                )
                claims = await self._claims(about, token, nonce=_derived("nonce", returned.cookie, key), now=now)
                if "email" not in claims and "userinfo_endpoint" in about:
                    claims |= await self._more(client, about, subject=claims["sub"])
        except Refused:
            raise
        except Exception as error:
            raise _refusal(error) from None
        verified = claims.get("email_verified") in {True, "true"} and isinstance(claims.get("email"), str)
        return Identity(self._issuer, str(claims["sub"]), claims["email"] if verified else None)

    def _check_return(self, returned: Returned, *, key: bytes, now: datetime) -> None:
        """Check that this browser began, lately, and what it was told then. Raises: Refused: not so."""
        began, _, secret = returned.cookie.partition(".")
        if not secret or not began.isdecimal() or not 0 <= now.timestamp() - int(began) + 1 <= LASTS.total_seconds():
            raise Refused("expired")
        if not hmac.compare_digest(returned.state.encode(), _derived("state", returned.cookie, key).encode()):
            raise Refused("expired")
        if returned.issuer and returned.issuer != self._issuer:
            raise Refused("untrusted")
        if returned.error or not returned.code:
            raise Refused("declined")

    async def _claims(self, about: dict[str, Any], token: Any, *, nonce: str, now: datetime) -> dict[str, Any]:
        """Check the signature and every claim of the id token, and return the claims."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt

        signed = jwt.decode(token["id_token"], await self._keys(about, token["id_token"]), algorithms=list(ALGORITHMS))
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            {
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._settings.oidc_client_id},
                "nonce": {"essential": True, "value": nonce},
            },
            {"nonce": nonce, "client_id": self._settings.oidc_client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        return dict(claims)

    async def _more(self, client: "AsyncOAuth2Client", about: dict[str, Any], *, subject: str) -> dict[str, Any]:
        """Ask for what some providers leave out of the token; it must be about the same person."""
        answer = await client.get(about["userinfo_endpoint"])
        answer.raise_for_status()
        said = answer.json()
        if said.get("sub") != subject:
            raise Refused("untrusted")
        return {name: said[name] for name in ("email", "email_verified") if name in said}

    async def _keys(self, about: dict[str, Any], id_token: str) -> Any:
        """Return the provider's keys, read anew where the token is signed by one that is not among them."""
        from joserfc import jws
        from joserfc.jwk import KeySet

        asked = jws.extract_compact(id_token.encode()).headers().get("kid")
        found: Any = None
        for fresh in (False, True):
            found = await self._read(about["jwks_uri"], fresh=fresh)
            if asked is None or any(one.get("kid") == asked for one in found["keys"]):
                break
        return KeySet.import_key_set(found)

    async def _about(self) -> dict[str, Any]:
        """Return the provider's description of itself. Raises: Refused: none comes, or it is another's."""
        try:
            about = await self._read(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            ends = [about[name] for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        except Exception as error:
            raise _refusal(error, otherwise="unreachable") from None
        if about.get("issuer") != self._issuer or not all(map(_is_safe, ends)):
            raise Refused("untrusted")
        return about

    async def _read(self, url: str, *, fresh: bool = False) -> dict[str, Any]:
        import httpx2

        at, kept = self._kept.get(url, (0.0, {}))
        if kept and not fresh and time.monotonic() - at < KEPT_FOR:
            return kept
        async with httpx2.AsyncClient(timeout=_PATIENCE) as client:
            answer = await client.get(url)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        self._kept[url] = (time.monotonic(), found)
        return found

    def _client(self, about: dict[str, Any]) -> "AsyncOAuth2Client":
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        secret = self._settings.oidc_client_secret
        ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return AsyncOAuth2Client(
            self._settings.oidc_client_id,
            secret,
            token_endpoint_auth_method="none" if secret is None else basic,
            scope=_SCOPE,
            redirect_uri=f"{(self._settings.public_url or '').rstrip('/')}/v1/session/oidc/{NAME}/callback",
            code_challenge_method="S256",
            timeout=_PATIENCE,
        )


def _derived(what: str, cookie: str, key: bytes) -> str:
    made = blake2b(cookie.encode(), digest_size=32, key=key, person=what.encode()).digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"})


def _refusal(error: Exception, *, otherwise: Refusal = "untrusted") -> Refused:
    """Say why it failed, and log the kind of the error: its words may hold a token."""
    import httpx2

    _log.warning("signing in through the provider of identities failed: %s", type(error).__name__)
    return Refused("unreachable" if isinstance(error, httpx2.TransportError) else otherwise)
