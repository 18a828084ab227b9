"""E-mail addresses in one form: small letters, and the domain as people read it."""

import unicodedata

_ENCODED = "xn--"


def written(text: str) -> str | None:
    """Write an e-mail address in its one form; None: it is none.

    What stands before the @ is the provider's own, and keeps its dots and signs. A domain of other letters than ASCII's
    is read by IDNA 2008 (UTS 46, non-transitional): `ß` and `ss` are two domains, `MÜLLER.de` and `xn--mller-kva.de`
    are one. Where that knows no such domain, no mail could come to it.
    """
    local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    if not (local and at and domain) or any(sign.isspace() for sign in text):
        return None
    host = _host(domain.lower())
    return None if host is None else f"{local.lower()}@{host}"


def _host(domain: str) -> str | None:
    if domain.isascii() and _ENCODED not in domain:
        return domain  # whatever a mail server inside the shop is called
    import idna

    try:
        return idna.decode(idna.encode(domain, uts46=True))
    except (idna.IDNAError, UnicodeError):
        return None
