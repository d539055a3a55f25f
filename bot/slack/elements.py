"""One element of Block Kit made to fit Slack's limits: a button, a select, a picker, a field. What would do harm is left out."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

BUTTON = 75
VALUE = 2_000
LINK = 3_000
LABEL = 75
OPTION_TEXT = 75
"""Characters of an option, and of the line beneath it."""
OPTION_VALUE = 150
PLACEHOLDER = 150
WRITTEN = 3_000
"""Characters a field may begin with."""
MOST_OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}
_MOST_OPTIONS = 100

_OPEN_ENTITY = ("&", "&a", "&am", "&amp", "&l", "&lt", "&g", "&gt")


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning and "…": never half an entity or half a link."""
    if len(text) <= limit:
        return text
    return f"{whole(text[: limit - 1]).rstrip()}…"


def whole(text: str) -> str:
    """The text without an entity or a link that was cut at its end."""
    start = text.rfind("&")
    if start >= 0 and text[start:] in _OPEN_ENTITY:
        text = text[:start]
    opened = text.rfind("<")
    return text[:opened] if opened > text.rfind(">") else text


def shortened(text: Json, limit: int) -> Json:
    """A text object, short enough."""
    return text | {"text": shorten(text["text"], limit)}


def fit_element(element: Json) -> Json | None:
    """The element as Slack takes it, None when it would say or mean nothing: a button without words, a choice among nothing."""
    if element["type"] == "button":
        return _button(element)
    fitted = dict(element)
    if "placeholder" in fitted:
        if fitted["placeholder"]["text"].strip():
            fitted["placeholder"] = shortened(fitted["placeholder"], PLACEHOLDER)
        else:
            del fitted["placeholder"]
    if "initial_value" in fitted:
        fitted["initial_value"] = str(fitted["initial_value"])[: min(WRITTEN, int(fitted.get("max_length", WRITTEN)))]
    return _options(fitted) if "options" in fitted else fitted


def _button(element: Json) -> Json | None:
    """A button without words, or with a value that was cut, would do harm."""
    if not element["text"]["text"].strip() or len(element.get("value", "")) > VALUE or len(element.get("url", "")) > LINK:
        return None
    fitted = element | {"text": shortened(element["text"], BUTTON)}
    if label := element.get("accessibility_label"):
        fitted["accessibility_label"] = shorten(label, LABEL)
    return fitted


def _options(element: Json) -> Json | None:
    """What is chosen already is one of the options, or nothing."""
    most = MOST_OPTIONS.get(element["type"], _MOST_OPTIONS)
    usable = [o for o in element["options"] if o["text"]["text"].strip() and 0 < len(o["value"]) <= OPTION_VALUE]
    options = [_option(o) for o in usable[:most]]
    if not options:
        return None
    fitted = element | {"options": options}
    if "initial_option" in element:
        del fitted["initial_option"]
        chosen = next((o for o in options if o["value"] == element["initial_option"]["value"]), None)
        fitted |= {"initial_option": chosen} if chosen else {}
    if "initial_options" in element:
        del fitted["initial_options"]
        wanted = [o["value"] for o in element["initial_options"]]
        begun = [o for o in options if o["value"] in wanted]
        fitted |= {"initial_options": begun} if begun else {}
    return fitted


def _option(option: Json) -> Json:
    """Short enough, and without a line beneath it that says nothing."""
    fitted = option | {"text": shortened(option["text"], OPTION_TEXT)}
    if "description" in fitted:
        del fitted["description"]
        fitted |= {"description": shortened(option["description"], OPTION_TEXT)} if option["description"]["text"].strip() else {}
    return fitted
