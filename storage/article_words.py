"""Text as the article search sees it: small plain words, without those that everybody says."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARACTERS = 2000
"""Of a question more is not read: what somebody asks is said by then."""
MOST_WORDS = 32
"""So many different words of a question are looked up."""

_WORD = re.compile(r"[^\W_]{2,64}")
_STOP_WORDS = {
    "en": """
        about after again all also am an and any are as at be been before but by can cannot come could did do does doing don done down each
        else every few for from get gets getting give go goes going got had has have he her here him his how if in into is isn it its keep
        know let like ll make many may me might mine more most much must my need never no none not now of off on once one only or other our
        out over own please really see seem seems she should show so some still such take tell than that the their them then there these
        they thing things this those to too tried tries try trying up us use using ve very want wants was wasn way we well were what when
        where which while who why will with without won would you your above against because being below between both during further having
        herself himself hers itself just myself nor ours ourselves same theirs themselves through under until whom yours yourself yourselves
        hello hey hi good morning evening day days today thanks thank bye sorry ok okay yes
        long take takes took much cost costs
        broken error errors fail failed fails help helps issue issues problem problems question questions something somehow someone
        someones stuck work working works wrong anything anybody anyone doesn couldn didn wouldn aren happens happened look looks
    """,
    "de": """
        aber alle als also am an auch auf aus bei bin bis bist da dann darf das dass dem den denn der des die dies diese dieser dir doch
        dort du durch ein eine einem einen einer eines er es etwas fur ganz gar geht gerade gibt habe haben hat hatte hier hilfe ich ihr
        ihm ihn ihre im immer in ins ist ja jetzt kann kein keine keinen kommt konnen konnte mal man mein meine meinem meinen mich mir mit
        muss mussen nach nein nicht nichts noch nun nur ob oder ohne schon sehr sein sich sie sind so soll sollen sollte uber um und uns
        unser unsere vom von vor war warum was weil wenn wer werden wie wieder will wir wird wo woher zu zum zur
        hallo hi guten gut morgen tag heute danke bitte ok
        fehler problem probleme frage funktioniert kaputt klappt falsch macht machen mache
    """,
    "fr": """
        ai alors au aux avec ca ce cela ces cette comment dans de des donc du elle elles en est et etre fait faire faut il ils je la le les
        leur lui ma mais me mes moi mon ne nous on ou par pas plus pour pourquoi pouvez peux peut puis quand que quel quelle qui quoi sa
        sans ses si son sont suis sur ta te tes toi ton tu un une vos votre vous
        bonjour salut merci oui non erreur probleme marche fonctionne aide
    """,
    "es": """
        al algo como con cual cuando de del desde donde dos el ella ellos en era eres es esa ese eso esta estan este esto estoy fue ha hace
        hacer hay la las le les lo los mas me mi mis muy nada ni no nos nosotros para pero por porque puede puedo que quien se ser si sin
        sobre son soy su sus tambien te tengo tiene todo tu un una uno unos usted y ya yo
        hola buenos dias gracias error problema funciona ayuda
    """,
}


def words_of(text: str, locale: str = "") -> list[str]:
    """The words that say something, in order, in small letters without accents; what is common in English or that language is left out.

    What is no letter and no digit is gone, whatever a database's query language would make of it.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    common = _common("en") | _common(locale.partition("-")[0])
    return [word for word in _WORD.findall(plain) if word not in common]


def asked_in(question: str, locale: str = "") -> list[str]:
    """The different words of a question, none of them twice; a very long question is cut."""
    return list(dict.fromkeys(words_of(question[:MOST_CHARACTERS], locale)))[:MOST_WORDS]


def _common(language: str) -> frozenset[str]:
    return _COMMON.get(language, frozenset())


_COMMON = {language: frozenset(words.split()) for language, words in _STOP_WORDS.items()}
