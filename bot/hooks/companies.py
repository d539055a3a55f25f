"""Which of our accounts a business system means, and what it tells of one in which nobody is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.handle import Door
from bot.ingest.calls import Company
from bot.knowing import Knowing
from bot.mail_domains import own_domain
from flows.events import BUSINESS, Traits
from flows.people import Person
from storage.account_names import account_known, name_account, senders_of
from storage.account_news import empty_account, rename_account, tell_account
from storage.account_people import someone_of


class Companies:
    """Finds accounts by the names that others have for them. A bill never moves anybody from the account their product put them in."""

    def __init__(self, door: Door, knowing: Knowing) -> None:
        self._door = door
        self._database = door.store.database
        self._knowing = knowing

    def meant(self, company: Company, person: Person | None, *, creates: bool) -> str | None:
        """Our account; None when nobody knows it and it is not to be made.

        A name that nobody has becomes one of the account of `person`: what their biller calls their company is their company. So does
        that of an account in which nobody is, with what was told of it: billers tell of a subscription before they tell who bought it.
        Only the first name that a system has for an account comes to it like this: whoever pays may type the address of somebody there.
        """
        names = [
            (kind, name)
            for kind, name in (("external", company.id), ("sender", company.sender_id), ("domain", own_domain(company.domain)))
            if name
        ]
        known = [account for kind, name in names if (account := account_known(self._database, kind, name))]
        if person and person.account_id and not company.id and not self._called_otherwise(person.account_id, company.sender_id):
            for account in {*known} - {person.account_id}:
                self._take_over(account, person.account_id)
            if not known:
                name_account(self._database, person.account_id, names)
                return person.account_id
        if not known and not creates:
            return None
        return self._knowing.account(external=company.id, domain=company.domain, sender=company.sender_id)

    def _called_otherwise(self, account: str, sender_id: str) -> bool:
        """Whether the same system has another id for that account."""
        system, colon, _ = sender_id.partition(":")
        theirs = [name for name in senders_of(self._database, account) if name.startswith(f"{system}:")] if colon else []
        return bool(theirs) and sender_id not in theirs

    def _take_over(self, other: str, account: str) -> None:
        """An account that is no more than a name for this one: what was told of it is told here, each with its own time."""
        empty = empty_account(self._database, other)
        if empty is None:
            return
        for at in sorted({*empty.traits_at.values()}):
            traits = {name: empty.traits[name] for name, moment in empty.traits_at.items() if moment == at}
            self.tell(account, traits, at=at, key=f"{other}:{at.isoformat()}", source=f"{BUSINESS}accounts")
        rename_account(self._database, other, account)

    def tell(self, account: str, traits: Mapping[str, Any], *, at: datetime, key: str, source: str, raw: str = "") -> None:
        """Told to somebody of it; with nobody there yet it stays with the account, for whoever comes first."""
        who = someone_of(self._database, [account]).get(account)
        if who and traits:
            told = Traits(source=source, key=f"account:{key}", who=who, at=at, account=dict(traits), account_id=account)
            self._door.handle(told, raw=raw)
        elif traits:
            tell_account(self._database, account, traits, at)
