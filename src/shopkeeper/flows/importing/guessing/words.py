"""What headers say: the words, in English and German, by which a column is known for a field."""

import re
from collections.abc import Mapping
from typing import Final

_FOLDED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "á": "a", "ç": "c"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BREAK = re.compile(r"[^a-z0-9]+")

WORDS: Final[Mapping[str, str]] = {
    "customer": """customer customerid customernumber customerno customercode custid custno user userid client clientid
        member memberid membernumber card cardid cardnumber loyaltycard household householdid account accountid buyer
        buyerid shopper shopperid kunde kundeid kundenid kundennummer kundennr kdnr knr kundenkarte kundencode
        kartennummer kartennr mitglied mitgliedsnummer mitgliedsnr debitor debitorennummer haushalt haushaltid""",
    "email": "email mail emailaddress emailadresse mailadresse customeremail kundenemail",
    "order_id": """order orderid ordernumber orderno ordernr orderref receipt receiptid receiptnumber receiptno basket
        basketid transaction transactionid transactionnumber invoice invoiceid invoicenumber invoiceno bill billno
        ticket ticketnumber bon bonid bonnummer bonnr beleg belegid belegnummer belegnr bestellung bestellungid
        bestellnummer bestellnr bestellid auftrag auftragid auftragsnummer auftragsnr rechnung rechnungid
        rechnungsnummer rechnungsnr kassenbon warenkorb warenkorbid vorgang vorgangsnummer""",
    "timestamp": """timestamp time date datetime at when orderdate ordertime orderedat purchasedate purchasedat created
        createdat soldat saledate transactiondate transactiontime transactiontimestamp invoicedate shownat redeemedat
        clickedat occurredat eventtime datum zeit uhrzeit zeitpunkt zeitstempel datumzeit kaufdatum bestelldatum
        belegdatum rechnungsdatum verkaufsdatum buchungsdatum auftragsdatum bestelltam gekauftam erstelltam""",
    "product_id": """product productid productnumber productcode sku item itemid itemnumber itemcode article articleid
        articlenumber articleno ean gtin upc plu barcode isbn artikel artikelid artikelnummer
        artikelnr artnr artikelcode produkt produktid produktnummer produktnr warennummer materialnummer stockcode""",
    "birthdate": "birth birthday birthdate dateofbirth dob geburtsdatum geburtstag",
    "quantity": """quantity qty pieces pcs units unitssold count menge anzahl stueck stueckzahl stk bestellmenge
        verkaufsmenge""",
    "amount": """amount total linetotal lineamount paid salesvalue sales revenue turnover net gross netamount
        grossamount value sum subtotal umsatz betrag summe gesamt gesamtpreis gesamtbetrag bezahlt zeilensumme
        positionsbetrag brutto netto bruttobetrag nettobetrag verkaufswert warenwert endbetrag zahlbetrag""",
    "price": """price unitprice itemprice priceperunit listprice saleprice preis einzelpreis stueckpreis verkaufspreis
        vk vkpreis listenpreis""",
    "discount": """discount discountamount rebate reduction markdown retaildisc coupondisc couponmatchdisc rabatt
        rabattbetrag nachlass ermaessigung preisnachlass abzug""",
    "cost": """cost costs unitcost cogs purchaseprice costprice einkaufspreis ek ekpreis wareneinsatz einstandspreis
        kosten""",
    "place": """store storeid storenumber shop shopid branch branchid location place placeid outlet market country
        filiale filialeid filialnummer filialnr markt marktnummer standort laden geschaeft niederlassung verkaufsstelle
        land""",
    "coupon": "coupon couponid couponcode voucher vouchercode promocode gutschein gutscheincode gutscheinnummer",
    "category": """category productcategory categoryname kategorie warengruppe produktgruppe produktkategorie
        artikelgruppe""",
    "department": "department dept abteilung sortiment bereich hauptwarengruppe",
    "brand": "brand brandname manufacturer vendor marke hersteller",
    "title": """title name productname itemname articlename description producttitle label bezeichnung
        artikelbezeichnung artikelname produktname beschreibung titel""",
    "event": "event eventname eventtype action activity ereignis ereignisart aktivitaet vorgangsart",
    "message_id": "messageid eventid uuid guid ereignisid ereignisnummer",
    "offer_id": """offer offerid offernumber promotion promotionid angebot angebotid angebotsnummer aktion aktionid
        aktionsnummer""",
    "group": "group campaign campaignid campaigntype kampagne kampagnenid gruppe",
    "starts": """start starts startsat startdate validfrom from begin begins beginn gueltigab gueltigvon von startdatum
        ab""",
    "ends": """end ends endsat enddate validto validuntil until to expires expiry expirydate gueltigbis bis ende
        enddatum ablauf ablaufdatum""",
    "face_value": "facevalue couponvalue savings gutscheinwert wert",
    "available": """available availability stock onhand instock inventory stocklevel verfuegbar verfuegbarkeit lager
        bestand lagerbestand vorrat""",
    "purpose": "purpose purposename consentpurpose zweck verwendungszweck consenttype consentname",
    "state": """consent consentstate consentstatus optin optout optinstatus subscribed unsubscribed subscription
        subscriptionstatus permission suppressed suppression einwilligung zustimmung werbeeinwilligung
        newsletterstatus widerruf widerspruch abgemeldet""",
    "channel": "channel medium kanal kommunikationskanal",
    "grade": "grade evidence proof consentgrade optintype nachweis",
    "wording": "wording consenttext consentwording einwilligungstext wortlaut",
    "policy_version": "policyversion privacyversion noticeversion consentversion datenschutzversion",
    "jurisdiction": "jurisdiction jurisdiktion rechtsraum",
    "id": "id number no nr nummer code key schluessel",
}
"""Concept → headers, folded to lower letters and digits."""
_KNOWN: Final = {word: concept for concept, words in WORDS.items() for word in words.split()}
_LEAST: Final = 4
"""Letters from which a word within a longer header counts."""


def folded(header: str) -> str:
    """Fold a header to lower letters and digits: `Kunden-Nr.` is `kundennr`."""
    return _BREAK.sub("", header.casefold().translate(_FOLDED))


def snake(header: str) -> str:
    """Make a name of a header: `Kunden-Nr.` is `kunden_nr`; of one without a Latin letter an empty text."""
    return _BREAK.sub("_", _CAMEL.sub("_", header).casefold().translate(_FOLDED)).strip("_")


def concepts(header: str) -> dict[str, float]:
    """Tell which concepts a header may mean, each with a confidence from 0 to 1."""
    whole = folded(header)
    if whole in _KNOWN:
        return {_KNOWN[whole]: 0.95}
    found: dict[str, float] = {}
    for part in snake(header).split("_"):
        if part in _KNOWN:
            found[_KNOWN[part]] = max(found.get(_KNOWN[part], 0), 0.4 if _KNOWN[part] == "id" else 0.7)
    for word, concept in _KNOWN.items():
        if len(word) >= _LEAST and word in whole:
            found[concept] = max(found.get(concept, 0), 0.4 + 0.4 * len(word) / len(whole))
    return found
