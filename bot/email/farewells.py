"""How people end a mail: "Best regards" and a name are no words to anybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.heard import Heard, Hello, Thanks, Words
from bot.plain_words import plain_words

_REGARDS = (
    *("best", "all the best", "best regards", "kind regards", "warm regards", "regards", "best wishes", "sincerely", "yours", "cheers"),
    *("yours sincerely", "thanks and regards", "thanks and best regards", "have a nice day", "have a great day", "take care", "br", "kr"),
    *("mit freundlichen grüßen", "mit freundlichen gruessen", "mit freundlichem gruß", "freundliche grüße", "beste grüße", "viele grüße"),
    *("viele gruesse", "liebe grüße", "schöne grüße", "herzliche grüße", "grüße", "gruß", "lg", "vg", "mfg", "danke und viele grüße"),
    *("cordialement", "bien cordialement", "bien à vous", "bonne journée", "à bientôt", "saludos", "un saludo", "saludos cordiales"),
    *("atentamente", "cordiali saluti", "distinti saluti", "un saluto", "saluti", "buona giornata"),
    *("met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet", "groeten", "groetjes", "mvg"),
    *("atenciosamente", "com os melhores cumprimentos", "cumprimentos", "abraços", "abraço", "pozdrawiam", "med vänliga hälsningar"),
)
_FAREWELLS = frozenset(plain_words(each) for each in _REGARDS)
_AND = frozenset({"and", "und", "et", "y", "e", "en"})
_MOST_LINES = 12
"""Lines of a farewell, with its courtesies."""
_MOST_OF_SIGNATURE = 6
"""Lines below a name: a title, a company, a telephone."""
_MOST_OF_LINE = 60
"""Characters of such a line."""

Listen = Callable[[str], Heard]


def before_farewell(lines: Sequence[str], name: str, listen: Listen) -> int:
    """How many of the lines come before the farewell at the end: the first one always does. `name` is what we call the person.

    None of the lines is empty. A courtesy, a known closing or a name begins a farewell, and what follows it has to look like a signature.
    """
    for place in range(max(1, len(lines) - _MOST_LINES), len(lines)):
        if _is_farewell(lines[place:], name, listen):
            return place
    return len(lines)


def _is_farewell(lines: Sequence[str], name: str, listen: Listen) -> bool:
    """Courtesies, a closing, a name and what may stand below it, each of them or none."""
    at, closed = 0, False
    while at < len(lines) and (_closes(lines[at], listen) or isinstance(listen(lines[at]), Thanks | Hello)):
        closed = closed or _closes(lines[at], listen)
        at += 1
    rest = lines[at:]
    if not rest:
        return True
    own = _is_own_name(rest[0], name)
    if not (own or _looks_like_name(rest[0], listen)):
        return False
    below = rest[1:]
    return not below or ((own or closed or at > 0) and len(below) <= _MOST_OF_SIGNATURE and all(map(_is_of_signature, below)))


def _closes(line: str, listen: Listen) -> bool:
    """A closing, also after thanks: "Vielen Dank und liebe Grüße"."""
    words = plain_words(line[: _MOST_OF_LINE + 1])
    if len(line) > _MOST_OF_LINE or words in _FAREWELLS:
        return len(line) <= _MOST_OF_LINE
    joint = next((at for at, word in enumerate(words) if word in _AND), 0)
    return words[joint + 1 :] in _FAREWELLS and isinstance(listen(" ".join(words[:joint])), Thanks)


def _is_own_name(line: str, name: str) -> bool:
    said = plain_words(line[:_MOST_OF_LINE])
    return bool(said) and len(line) <= _MOST_OF_LINE and set(said) <= set(plain_words(name))


def _looks_like_name(line: str, listen: Listen) -> bool:
    """Up to three words in capitals that mean nothing else: "Ida", "/ I. Lopez"."""
    words = line.strip(" -–—/~,.").split()
    if not 0 < len(words) <= 3 or len(line) > _MOST_OF_LINE or not isinstance(listen(line), Words):
        return False
    return all(word[0].isupper() and word.replace("-", "").replace("'", "").rstrip(".").isalpha() for word in words)


def _is_of_signature(line: str) -> bool:
    return len(line) <= _MOST_OF_LINE and not line.endswith(("?", "!", "."))
