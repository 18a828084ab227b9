"""What looks like personal data: by the usual names of properties in several languages, and by the form of values.

It finds what somebody forgot to declare; it is no proof of absence. Every check takes time linear in the value.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

MAX_VALUE = 1_000
"""Characters of a value that are looked at."""
_NAMES: Final[Mapping[str, str]] = {
    "email": """email mail emails emailaddress mailaddress emailadresse mailadresse correo correoelectronico courriel
        epost eposta postaelettronica sahkoposti""",
    "phone": """phone phones phonenumber telephone tel telefon telefonnummer telefono telefone telefoonnummer telefoon
        handy handynummer mobile mobilenumber mobil mobilnummer movil celular cellphone cellulare msisdn whatsapp
        puhelin puhelinnumero""",
    "ip": "ip ipaddress ipadresse ipv4 ipv6 clientip remoteip userip remoteaddr",
    "card": """cardno creditcard creditcardnumber ccnumber kreditkarte kreditkartennummer tarjetacredito cartebancaire
        cartadicredito kreditkort creditcardno paymentcard cvv cvc""",
    "name": """firstname lastname surname givenname familyname middlename fullname maidenname vorname nachname
        familienname prenom nomdefamille apellido apellidos nombrecompleto cognome voornaam achternaam fornamn
        efternamn etunimi sukunimi primeironome sobrenome customername username nickname""",
    "birth": """birth birthday birthdate dateofbirth dob birthyear geburtsdatum geburtstag geburtsjahr datenaissance
        naissance fechanacimiento nacimiento datanascita datadinascita geboortedatum fodelsedatum""",
    "address": """address street streetaddress streetname housenumber postcode postalcode zipcode zip adresse strasse
        hausnummer plz postleitzahl anschrift wohnort rue codepostal direccion calle codigopostal indirizzo
        adres straat endereco rua lat lng latitude longitude geolocation""",
    "bank": "iban bankaccount accountnumber kontonummer bankkonto numerocuenta numerocompte",
    "id": """ssn socialsecurity socialsecuritynumber passport passportnumber nationalid taxid steuernummer steuerid
        ausweisnummer personalausweis reisepass dni nif nie codicefiscale personnummer bsn cpf pesel driverslicense""",
    "password": "password passwd pwd passwort kennwort motdepasse contrasena senha wachtwoord losenord",
}
_KNOWN: Final = {word: kind for kind, words in _NAMES.items() for word in words.split()}
_ALONE: Final = frozenset({"mobile", "mobil", "handy", "zip", "tel", "rue", "birth", "lat", "lng", "nie"})
"""Words that say it alone, but not at the end of a longer name: `is_mobile`."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BREAK = re.compile(r"[^a-z0-9]+")
_TOKENS = re.compile(r"[\s<>,;?&=/:()\"'|]+")
_EMAIL = re.compile(r"[^@]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|00)[\d ()./-]{7,24}")
_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
_FIRST: Final = frozenset("+0123456789abcdefABCDEF:")
"""What a number of a phone or a card, or an address, begins with."""
WORDS: Final[Mapping[str, str]] = {
    "email": "an e-mail address",
    "phone": "a phone number",
    "ip": "an IP address",
    "card": "a card number",
    "name": "a person's name",
    "birth": "a date of birth",
    "address": "an address or a position",
    "bank": "a bank account",
    "id": "an official number of a person",
    "password": "a password",
}
"""Kind → what it is, in words."""


@lru_cache(maxsize=4_096)
def name_says(name: str) -> str | None:
    """Tell which kind of personal data a property's name says it holds, None if none.

    What a name is about stands at its end: `customer_email` holds one, `email_campaign` does not.
    """
    parts = _parts(name)
    for word in ("".join(parts), "".join(parts[-2:])):
        if word in _KNOWN:
            return _KNOWN[word]
    last = parts[-1] if parts else ""
    return None if last in _ALONE else _KNOWN.get(last)


def _parts(name: str) -> list[str]:
    """Split a name into words: `customerE-Mail` is customer, e, mail; accents do not count."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub("_", name).replace("ß", "ss")).encode("ascii", "ignore").decode()
    return [part for part in _BREAK.split(plain.casefold()) if part]


def value_looks(value: str | int) -> str | None:
    """Tell what kind of personal data a value looks like: `email`, `phone`, `ip`, `card`, or None."""
    text = (value if isinstance(value, str) else str(value)[:20])[:MAX_VALUE].strip()
    if len(text) < 6:
        return None
    if ("@" in text or "%40" in text) and _holds_email(text):
        return "email"
    if len(text) > 45 or text[0] not in _FIRST:
        return None
    if _PHONE.fullmatch(text) and _is_phone(text):
        return "phone"
    if _is_address(text):
        return "ip"
    return "card" if _CARD.fullmatch(text) and _is_card(text) else None


def _holds_email(text: str) -> bool:
    plain = text.replace("%40", "@")
    return any(_EMAIL.fullmatch(token) for token in _TOKENS.split(plain) if "@" in token)


def _is_phone(text: str) -> bool:
    import phonenumbers  # it reads its tables when it is imported, which most processes never need

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse("+" + text[2:] if text.startswith("00") else text))
    except phonenumbers.NumberParseException:
        return False


def _is_address(text: str) -> bool:
    if text.count(":") < 2 and text.count(".") != 3:
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_card(text: str) -> bool:
    """Say whether digits could be a payment card's: its first digits, and the check digit of Luhn."""
    digits = [int(char) for char in text if char.isdigit()]
    first = int("".join(str(digit) for digit in digits[:4]))
    if digits[0] not in {3, 4, 5, 6} and not 2221 <= first <= 2720:
        return False
    doubled = [digit if at % 2 == 0 else sum(divmod(2 * digit, 10)) for at, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
