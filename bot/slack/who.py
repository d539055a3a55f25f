"""Who is who: a Slack user is matched to a person by e-mail; zone and locale come from the profile."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk import WebClient

from bot.channels import SendError
from bot.handle import Door
from bot.slack.client import called
from flows.events import Traits


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack knows of one of its users."""

    user: str
    name: str
    email: str
    zone: str
    locale: str
    bot: bool


class WhoIsWho:
    """Finds the person behind a Slack user, and the Slack user behind an address."""

    def __init__(self, door: Door, client: WebClient) -> None:
        self._door = door
        self._client = client
        self._names: dict[str, str] = {}

    def name(self, user: str) -> str:
        """What people call a colleague; asked of Slack once."""
        if user not in self._names:
            try:
                self._names[user] = self.profile(user).name
            except SendError:
                return user
        return self._names[user]

    def person(self, team: str, user: str) -> str | None:
        """The person's id; None for a stranger. The first time, they are known from then on by their Slack user too. Raises SendError."""
        if known := self._door.store.resolve("slack", team, user):
            return known
        profile = self.profile(user)
        if profile.bot or not profile.email:
            return None
        person = self._door.store.resolve("email", "", profile.email)
        if person is None:
            return None
        self._door.store.identify([("email", "", profile.email), ("slack", team, user)])
        traits = {"slack": f"{team}/{user}", "timezone": profile.zone, "locale": profile.locale}
        self._door.handle(
            Traits(
                source="slack",
                key=f"profile:{team}/{user}",
                who=person,
                at=self._door.now(),
                person={name: value for name, value in traits.items() if value},
            )
        )
        return person

    def profile(self, user: str) -> Profile:
        """Ask Slack about a user. Raises SendError."""
        data = called(lambda: self._client.users_info(user=user, include_locale=True))["user"]
        inner = data.get("profile", {})
        return Profile(
            user=user,
            name=str(inner.get("real_name") or data.get("real_name") or data.get("name") or user),
            email=str(inner.get("email") or "").lower(),
            zone=str(data.get("tz") or ""),
            locale=str(data.get("locale") or "").partition("-")[0],
            bot=bool(data.get("is_bot")),
        )

    def by_email(self, email: str) -> str | None:
        """ "TEAM/USER" of an address, None when nobody in the workspace has it or Slack can't be asked now."""
        try:
            user = called(lambda: self._client.users_lookupByEmail(email=email))["user"]
        except SendError:
            return None
        return f"{user.get('team_id', '')}/{user['id']}" if not user.get("is_bot") else None
