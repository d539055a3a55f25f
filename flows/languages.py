"""Language tags, from the narrowest to none."""

from __future__ import annotations

import re

_TRANSLATION = re.compile(r".+\.([a-z]{2}(?:-[A-Z]{2})?)\.ya?ml")


def language_chain(locale: str) -> tuple[str, ...]:
    """From the narrowest language tag to none: pt-BR, pt, ''."""
    language, _, region = locale.replace("_", "-").partition("-")
    narrow = (f"{language.lower()}-{region.upper()}",) if region else ()
    return (*narrow, *((language.lower(),) if language else ()), "")


def translated_to(file_name: str) -> str:
    """The language of a YAML file that translates another: smb.de.yaml → de; '' for a file that is no translation."""
    found = _TRANSLATION.fullmatch(file_name)
    return found[1] if found else ""
