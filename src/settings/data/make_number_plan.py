#!/usr/bin/env python3
"""Write number-plan.json: the numbering plans of the world, from one release of libphonenumber's data.

    pip install phonenumbers==9.0.43
    python3 make_number_plan.py > number-plan.json

One plan a line, regions of one country code together, the main one first (the order decides which of them a number belongs to).
Kept is what the rules for numbers need: lengths, patterns of the kinds, trunk and exit prefixes, and whether the usual national
form shows the trunk prefix. Left out: examples, names of places, operators, how numbers are spaced.
"""
import json
import re
import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

KINDS = {"premium_rate": "premium", "toll_free": "toll_free", "shared_cost": "shared_cost", "voip": "voip",
         "personal_number": "personal", "pager": "pager", "uan": "company", "voicemail": "voicemail",
         "fixed_line": "landline", "mobile": "mobile"}


def shape(desc):
    return {"pattern": desc.national_number_pattern, "lengths": list(desc.possible_length)}


def trunk_rule(rule):
    """`9\\1` becomes ["9", 1]: what is put in place of the prefix, and which group of it stays."""
    if rule is None:
        return None
    literal, group = re.fullmatch(r"(\d*)\\(\d)", rule).groups()
    return [literal, int(group)]


def plan(meta):
    general = meta.general_desc
    kinds = {name: shape(getattr(meta, kind)) for kind, name in KINDS.items()
             if getattr(meta, kind) is not None and getattr(meta, kind).national_number_pattern}
    trunk = meta.national_prefix
    formats = [{"pattern": f.pattern, "leading": (list(f.leading_digits_pattern) or [None])[-1],
                "trunk_shown": bool(trunk) and trunk in re.sub(r"\\\d", "", f.national_prefix_formatting_rule or "")}
               for f in meta.number_format]
    return {"region": meta.id, "code": meta.country_code, "exit": meta.international_prefix, "trunk": trunk,
            "trunk_pattern": meta.national_prefix_for_parsing, "trunk_rule": trunk_rule(meta.national_prefix_transform_rule),
            "leading": meta.leading_digits, "general": {**shape(general), "local_lengths": list(general.possible_length_local_only)},
            "kinds": kinds, "formats": formats}


def main():
    lines = []
    for code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        for region in regions:
            if region == "001":
                meta = PhoneMetadata.metadata_for_nongeo_region(code)
            else:
                meta = PhoneMetadata.metadata_for_region(region)
            lines.append(json.dumps({k: v for k, v in plan(meta).items() if v not in (None, [], {})}, separators=(",", ":")))
    print('{"release":"libphonenumber %s","plans":[\n%s\n]}' % (phonenumbers.__version__, ",\n".join(lines)))


if __name__ == "__main__":
    main()
