"""Currencies: what people call them (by CLDR), and which of them a sign or a bare word may be."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale
from babel.numbers import get_currency_name, get_territory_currencies

# Languages whose names of currencies are understood; those that labels are given in come first.
_LABELLED = ("en", "zh", "ja")
_UNDERSTOOD = (*_LABELLED, "de", "fr")

# Signs and words that CLDR gives to one currency of a locale but that several use: the likely ones, likeliest
# first. A country or a language decides between them; nothing else does.
_SHARED = {
    "$": "USD CAD AUD HKD SGD NZD TWD MXN BRL ARS CLP COP",
    "dollar": "USD CAD AUD HKD SGD NZD TWD",
    "¥": "CNY JPY",
    "元": "CNY TWD HKD MOP",
    "圓": "TWD HKD MOP",
    "pound": "GBP EGP LBP",
    "kr": "SEK NOK DKK ISK",
    "krone": "NOK DKK",
    "krona": "SEK ISK",
    "franc": "CHF XOF XAF",
    "fr": "CHF XOF XAF",
    "peso": "MXN PHP ARS CLP COP",
    "rupee": "INR PKR LKR NPR",
    "₩": "KRW KPW",
    "won": "KRW KPW",
    "rs": "INR PKR LKR NPR",
}
# Words that mean one currency wherever they stand without another country's name.
_PLAIN = {
    "€": "EUR", "euro": "EUR", "us$": "USD", "u.s.$": "USD", "us dollar": "USD", "u.s. dollar": "USD",
    "dollars us": "USD", "dollar us": "USD", "american dollar": "USD", "美金": "USD", "米ドル": "USD", "ドル": "USD",
    "yuan": "CNY", "rmb": "CNY", "rmb yuan": "CNY", "yuan rmb": "CNY", "renminbi": "CNY", "人民币": "CNY",
    "人民币元": "CNY", "元人民币": "CNY", "人民幣": "CNY", "人民元": "CNY", "cn¥": "CNY", "chinese yuan": "CNY",
    "yuan renminbi": "CNY",
    "yen": "JPY", "円": "JPY", "日圆": "JPY", "日圓": "JPY", "jp¥": "JPY", "japanese yen": "JPY",
    "£": "GBP", "sterling": "GBP", "pound sterling": "GBP", "stg": "GBP", "uk£": "GBP", "gb£": "GBP",
    "港币": "HKD", "港幣": "HKD", "港元": "HKD", "hk$": "HKD", "新台币": "TWD", "新臺幣": "TWD", "新台幣": "TWD",
    "nt$": "TWD", "台币": "TWD", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "s$": "SGD",
    "r$": "BRL", "mx$": "MXN", "₹": "INR", "₽": "RUB", "₺": "TRY", "₫": "VND", "₪": "ILS", "₱": "PHP", "฿": "THB",
    "zł": "PLN", "zloty": "PLN", "swiss franc": "CHF", "sfr": "CHF",
}  # fmt: skip
_BY_LANGUAGE = {("¥", "zh"): "CNY", ("¥", "ja"): "JPY", ("$", "en-us"): "USD", ("$", "en-ca"): "CAD"}


@lru_cache(maxsize=512)
def labels(code: str) -> tuple[tuple[str, str], ...]:
    """The names of an ISO 4217 code as (language, name) in English, Chinese and Japanese; none if unknown."""
    if code not in Locale("en").currencies:
        return ()
    return tuple((language, get_currency_name(code, locale=language)) for language in _LABELLED)


@lru_cache(maxsize=1)
def _names() -> dict[str, list[str]]:
    """Codes by every name that CLDR has, singular and plural."""
    found: dict[str, list[str]] = {}
    for language in _UNDERSTOOD:
        for code in map(str, Locale(language).currencies):
            names = {get_currency_name(code, count, locale=language) for count in (None, 1, 2)}
            for name in sorted(names):
                codes = found.setdefault(name.casefold(), [])
                if code not in codes:
                    codes.append(code)
    return found


def find(text: str, *, language: str = "", country: str = "") -> list[str]:
    """The ISO 4217 codes that a word or a sign may mean: one when certain, none when it is no currency.

    `country` (ISO 3166-1 alpha-2) or `language` decide for signs that several currencies share.
    """
    text = text.strip()
    if re.fullmatch("[A-Z]{3}", text) and text in Locale("en").currencies:
        return [text]
    word = text.casefold()
    for form in dict.fromkeys((word, word.removesuffix("s"))):
        if form in _PLAIN:
            return [_PLAIN[form]]
        if form in _SHARED:
            return _decided(form, language, country)
    if codes := _names().get(word):
        current = [code for code in codes if code in _current()]
        return current or codes
    if word.upper() in _current() and word.upper() in {
        c for codes in _SHARED.values() for c in codes.split()
    }:
        return [word.upper()]
    return [word.upper()] if word in {"eur", "jpy"} else []


def _decided(form: str, language: str, country: str) -> list[str]:
    codes = _SHARED[form].split()
    if country:
        own = [code for code in get_territory_currencies(country.upper()) if code in codes]
        if own:
            return own[:1]
    language = language.casefold()
    if form == "元" and not re.search("hant|-(tw|hk|mo)$", language):
        return ["CNY"]  # in simplified characters, without another country's name before it
    code = _BY_LANGUAGE.get((form, language)) or _BY_LANGUAGE.get((form, language.split("-")[0]))
    return [code] if code else codes


@lru_cache(maxsize=1)
def _current() -> frozenset[str]:
    """The codes that are legal tender somewhere today."""
    territories = map(str, Locale("en").territories)
    return frozenset(
        code
        for territory in territories
        if len(territory) == 2
        for code in get_territory_currencies(territory)
    )
