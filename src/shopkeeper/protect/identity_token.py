"""Identity tokens: the shop's server signs what its visitor is called, so that a browser can prove it."""

from collections.abc import Mapping
from datetime import datetime

from shopkeeper.core.identifier import Identifier

ALGORITHM = "HS256"
LEEWAY = 60
"""Seconds by which the signer's clock may differ from ours."""


def proven_names(token: str, secret: bytes, kinds: Mapping[str, object], *, now: datetime) -> tuple[Identifier, ...]:
    """Return what a token proves: `sub` is the user id, other claims are identifiers by kind.

    A token (JWT, HS256) that has expired, has no `exp`, or was signed otherwise proves nothing; the event that carries
    it is taken as one without.

    Args:
        secret: The source's, with which the shop's server signs.
        kinds: The kinds of identifier that shop.yaml declares.
    """
    from joserfc import jwk, jwt
    from joserfc.errors import JoseError

    try:
        found = jwt.decode(token, jwk.OctKey.import_key(secret), algorithms=[ALGORITHM])
        registry = jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=LEEWAY, exp={"essential": True})
        registry.validate(found.claims)
    except (JoseError, ValueError, TypeError):
        return ()
    said = {("user_id" if claim == "sub" else claim): value for claim, value in found.claims.items()}
    return tuple(Identifier(kind, value) for kind, value in said.items() if kind in kinds and isinstance(value, str))
