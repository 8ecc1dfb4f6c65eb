"""Finding a country by what people call it: `uk`, `england`, `usa`, `deutschland`, `schweiz`.

Owns no numbers and no data about help. Somebody who looks for help types the first name that comes
to mind, often the country's own or a part of it, and must neither get nothing nor, as the second
letter of a longer name, another country: "uk" is the United Kingdom before it is Ukraine.

Never here: a guess from the computer's language (front ends may offer that; the person chooses).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

SHOWN = {"XK": "Kosovo"}
"""What is shown where the collection knows two letters only."""

ALSO = {
    "AE": "uae|emirates|الإمارات",
    "AL": "shqipëria",
    "AM": "hayastan|հայաստան",
    "AR": "argentinien",
    "AT": "österreich|oesterreich",
    "AU": "aussie|oz",
    "BA": "bosna i hercegovina|босна и херцеговина",
    "BE": "belgië|belgique|belgien",
    "BG": "българия|bulgariya",
    "BR": "brasil|brasilien",
    "BY": "беларусь|belorussia",
    "CF": "car",
    "CH": "schweiz|suisse|svizzera|svizra",
    "CI": "ivory coast",
    "CN": "中国|中國|zhongguo|prc",
    "CV": "cape verde",
    "CZ": "czech republic|česko|česká republika|tschechien",
    "DE": "deutschland|allemagne|niemcy|almanya|brd",
    "DK": "danmark|dänemark",
    "DZ": "algérie|الجزائر",
    "EE": "eesti|estland",
    "EG": "مصر|misr|ägypten",
    "ES": "españa|espanya|spanien|catalunya|euskadi",
    "FI": "suomi|finnland",
    "FM": "federated states of micronesia",
    "FR": "frankreich|francia|frankrijk",
    "GB": "uk|u.k.|great britain|britain|england|scotland|wales|northern ireland|cymru|alba",
    "GE": "sakartvelo|საქართველო",
    "GR": "ελλάδα|hellas|ellada|griechenland",
    "HK": "香港|hongkong",
    "HR": "hrvatska|kroatien",
    "HU": "magyarország|ungarn",
    "IE": "éire|republic of ireland",
    "IL": "ישראל",
    "IN": "bharat|भारत|indien",
    "IR": "ایران|persia",
    "IS": "ísland",
    "IT": "italia|italien",
    "JP": "日本|nippon|nihon",
    "KH": "kampuchea",
    "KR": "대한민국|한국|korea|republic of korea|hanguk",
    "LB": "لبنان|liban",
    "LT": "lietuva|litauen",
    "LU": "lëtzebuerg|luxemburg",
    "LV": "latvija|lettland",
    "MA": "maroc|المغرب",
    "MD": "republica moldova",
    "MK": "macedonia|северна македонија",
    "MO": "澳門|macau",
    "MX": "méxico|mejico",
    "NL": "holland|nederland|niederlande|the netherlands|pays-bas",
    "NO": "norge|noreg|norwegen",
    "NZ": "aotearoa|nz",
    "PH": "pilipinas|philippinen",
    "PL": "polska|polen",
    "PS": "فلسطين|palestine",
    "RO": "românia|rumänien",
    "RS": "srbija|србија|serbien",
    "RU": "russia|россия|rossiya|russland",
    "SA": "السعودية|ksa",
    "SE": "sverige|schweden",
    "SI": "slovenija|slowenien",
    "SK": "slovensko|slowakei",
    "SY": "سوريا",
    "SZ": "swaziland",
    "TH": "ประเทศไทย|siam",
    "TR": "turkey|türkei|turkiye",
    "TW": "台灣|臺灣|roc",
    "UA": "україна|ukraina|ukrayina",
    "US": "usa|u.s.a.|u.s.|america|united states of america|states|amerika|estados unidos",
    "VG": "bvi|british virgin islands",
    "VN": "việt nam|viet nam",
    "ZA": "rsa|suid-afrika|mzansi",
}
"""Other names by the two letters, `|` between them: the country's own, older ones, its parts."""


def shown(iso: str, name: str) -> str:
    return SHOWN.get(iso, name)


def matching(words: str, known: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Those of `known` (two letters, name) that `words` may mean, the likeliest first.

    Whole names and the two letters come before beginnings, those before what only holds the words.
    With nothing typed all of them, in the given order.
    """
    wanted = plain(words)
    ranked = []
    for place, (iso, name) in enumerate(known):
        rank = min(_rank(wanted, plain(one)) for one in (name, iso, *_also(iso)))
        if rank < 3:
            ranked.append((rank, place, (iso, name)))
    return tuple(pair for _, _, pair in sorted(ranked))


def named(words: str, known: Iterable[tuple[str, str]]) -> str:
    """The two letters of the one country that has this very name; "" if none has."""
    wanted = plain(words)
    for iso, name in known:
        if wanted and wanted in map(plain, (iso, name, *_also(iso))):
            return iso
    return ""


def _also(iso: str) -> tuple[str, ...]:
    return tuple(name for name in ALSO.get(iso, "").split("|") if name)


def _rank(wanted: str, name: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    # Two letters in the middle of a word are chance, not a wish: "us" is in Russia and in Austria.
    return 2 if len(wanted) > 2 and wanted in name else 3


def plain(text: str) -> str:
    """Without case, accents and doubled blanks: `Türkiye` and `turkiye` are one."""
    parts = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))
