"""How mail programs announce words that are somebody else's, and what telephones add, in the languages people's programs speak."""

from __future__ import annotations

import re

MOST = 400
"""Characters of an announcement; what is longer is somebody's prose."""

_OPENERS = re.compile(r"(?:on|am|le|el|il|op|em|den|w dniu|dnia|dne|a\(s\)|\d{4}年)(?!\w)", re.IGNORECASE)
_SAID = re.compile(
    r"(?<!\w)(?:wrote|writes|schrieb|schreibt|geschrieben|a écrit|écrit|a écris|escribió|ha scritto|scrive|schreef|geschreven|escreveu"
    r"|skrev|kirjoitti|napisał|napisała|napisał\(a\)|pisze|napsal|napsala|пишет|написал|написала|写道|寫道)(?!\w)",
    re.IGNORECASE,
)
_WHEN_OR_WHO = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b|\d{1,2}[./-]\d{1,2}[./-]\d{2}|[^\s@]@[^\s@]|\d{4}年")
_DATE = re.compile(r"\w{1,10}\.?,? {0,2}\d{1,2}\.? {0,2}\w{1,12}\.?,? {0,2}(?:19|20)\d{2}(?!\w)|(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}")

_BETWEEN_DASHES = re.compile(
    r"original (?:message|mail|appointment|e-?mail)|forwarded (?:message|mail)"
    r"|ursprüngliche (?:nachricht|mail|e-mail)|original-?nachricht|weitergeleitete (?:nachricht|mail|e-mail)"
    r"|message (?:d['’]origine|original|transféré|réexpédié|initial)|courriel original|mensaje (?:original|reenviado|de origen)"
    r"|messaggio (?:originale|inoltrato)|oorspronkelijk(?:e)? (?:bericht|mail)|doorgestuurd bericht|mensagem (?:original|encaminhada)"
    r"|ursprungligt meddelande|vidarebefordrat meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti"
    r"|wiadomość (?:oryginalna|przekazana)|пересылаемое сообщение|исходное сообщение|原始邮件|转发的邮件|元のメッセージ",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|début du message (?:réexpédié|transféré)"
    r"|inicio del mensaje reenviado|inizio (?:del )?messaggio inoltrato|begin doorgestuurd bericht|início da mensagem encaminhada) ?:",
    re.IGNORECASE,
)

_FIELDS = {
    "from": "from|von|de|da|van|od|från|fra|lähettäjä|remitente|mittente|afzender|expéditeur|от|发件人|差出人",
    "sent": "sent|gesendet|envoyé(?: le)?|enviado(?: el| em)?|inviato|verzonden|date|datum|fecha|data|skickat|sendt|wysłano|дата|发送时间",
    "to": "to|an|à|a|para|aan|do|till|til|cc|kopie|destinataire|destinatario|destinatário|кому|收件人|宛先",
    "subject": "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|ämne|emne|temat|aihe|тема|主题|件名",
}
_FIELD = re.compile(
    r"\*{0,2}(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in _FIELDS.items()) + r") {0,2}\*{0,2}[:：]", re.IGNORECASE
)

_SENT = (
    "sent from|sent via|sent with|sent using|get|download|von|mit|gesendet|versendet|diese nachricht wurde|"
    "diese mail wurde|holen sie sich|outlook für|envoyé|obtenir|télécharger|enviado|obtener|obtenha|inviato|scarica|"
    "ottieni|verstuurd|verzonden|skickat från|sendt fra|wysłane z|отправлено с|lähetetty"
)
_BEGINS_SENT = re.compile(rf"(?:{_SENT})(?!\w)", re.IGNORECASE)
_DEVICES = re.compile(
    r"iphone|ipad|ipod|watch|android|androidgerät|galaxy|samsung|huawei|xiaomi|pixel|oneplus|blackberry|windows|mobile|mobilgerät"
    r"|handy|mobiltelefon|smartphone|phone|cellphone|tablet|outlook|mail|gmail|yahoo|proton|protonmail|gmx|spark|aquamail|bluemail"
    r"|fairemail|thunderbird|portable|téléphone|teléfono|telefono|telefoon|móvil|celular|mobil|puhelimesta|айфона"
)
_SMALL = re.compile(
    r"sent|from|via|with|using|get|download|von|mit|über|gesendet|versendet|diese|nachricht|mail|wurde|holen|sie|sich|laden|für"
    r"|envoyé|de|depuis|mon|ma|mes|à|partir|d|un|une|avec|obtenir|télécharger|pour|enviado|desde|mi|do|da|meu|minha|del|con|com|a|no"
    r"|obtener|obtenha|para|inviato|dal|dall|dalla|il|mio|mia|scarica|ottieni|per|verstuurd|verzonden|vanaf|met|mijn|het|een|voor"
    r"|skickat|från|min|sendt|fra|lähetetty|wysłane|z|mojego|telefonu|отправлено|с|моего|meinem|meiner|einem|der|dem|my|the|an|on"
    r"|for|ios|os|app|apps|email|e|secure|free|kurz|gerät|device|apple|google|edge|ultra|plus|pro|max|se|fe|mini|lite|note|s|x|xr|xs"
    r"|5g|4g|lte|t|verizon|orange|o2|vodafone|telekom|at|aus|k|web|beziehen|smart|apk|powered|by|mobiles|aqua|blue|fair"
)
_LINK = re.compile(r"[<(]?https?://\S*")
_WORD = re.compile(r"\w+")


def announces(lines: list[str], at: int) -> int:
    """How many lines, from this one, say "On Monday Maya wrote:"; 0 when they don't. Programs wrap it over up to four."""
    first = lines[at][:MOST]
    if _presents(lines, at):
        return 1
    if not (_OPENERS.match(first) or _DATE.match(first) or ("@" in first and _SAID.search(first))):
        return 0
    joined = ""
    for taken, line in enumerate(lines[at : at + 4], start=1):
        if len(joined) + len(line) > MOST or not line or line.startswith(">") or (taken > 1 and _starts_another(line)):
            return 0
        joined = f"{joined} {line}"
        if line.endswith((":", "：")) and _SAID.search(joined) and _WHEN_OR_WHO.search(joined):
            return taken
    return 0


def begins_old_mail(lines: list[str], at: int) -> bool:
    """Whether everything from here on is the old mail: Outlook's words between dashes, its block of headers, or a forwarded mail."""
    line = lines[at][:MOST]
    if line.startswith(("--", "==", "__", "**")) and line.endswith(("-", "=", "_", "*", ":")) and _BETWEEN_DASHES.search(line):
        return True
    return bool(_FORWARDED.match(line)) or _has_headers(lines, at)


def sent_from(line: str) -> bool:
    """Whether a line is what a telephone adds, "Sent from my iPhone", and nothing that a person put behind it."""
    if len(line) > 200 or not _BEGINS_SENT.match(line):
        return False
    words = _WORD.findall(_LINK.sub("", line).casefold())
    devices = [word for word in words if _DEVICES.fullmatch(word)]
    return bool(devices) and all(_DEVICES.fullmatch(word) or _SMALL.fullmatch(word) or _is_model(word) for word in words)


def _presents(lines: list[str], at: int) -> bool:
    """ "Maya writes:" with a marked quote below it, whatever the rest of the line holds."""
    line = lines[at]
    if len(line) > MOST or not line.endswith((":", "：")) or not _SAID.search(line):
        return False
    return next((below.startswith(">") for below in lines[at + 1 : at + 3] if below), False)


def _starts_another(line: str) -> bool:
    return bool(_OPENERS.match(line) and line[:1].isupper() and _WHEN_OR_WHO.search(line[:MOST]))


def _is_model(word: str) -> bool:
    return len(word) <= 6 and any(c.isdigit() for c in word)


def _has_headers(lines: list[str], at: int) -> bool:
    """Three of From, Sent, To and Subject on the lines from here on, and a date or an address: a From alone may be somebody's sentence."""
    if not _kind(lines[at]):
        return False
    kinds: set[str] = set()
    for line in lines[at : at + 8]:
        if kind := _kind(line):
            kinds.add(kind)
        elif line and "@" not in line[:MOST]:
            break
    block = " ".join(line[:MOST] for line in lines[at : at + 8])
    return "from" in kinds and len(kinds) >= 3 and bool(_WHEN_OR_WHO.search(block))


def _kind(line: str) -> str:
    found = _FIELD.match(line[:MOST])
    return (found.lastgroup or "") if found else ""
