"""What people do with their mails: open them, answer them, complain of them, or have an address that is none any more."""

from __future__ import annotations

import uuid
from base64 import b64encode
from collections.abc import Sequence
from typing import Literal

from bot.playground.answer_mail import Attached, handed_over, subject_of_answer, written
from bot.playground.mail_reports import report
from bot.playground.post import Refused
from bot.playground.reach import Reach
from bot.playground.values import Mail, User

Unwanted = Literal["bounce", "spamreport", "unsubscribe"]


class Mailing(Reach):
    """The people of one workspace and their inboxes."""

    __slots__ = ()

    def open_mail(self, mail_id: str, *, pictures: bool = True) -> Mail:
        """Somebody opens a mail. SendGrid hears of the first time, when their program loads its `pictures`. Raises Refused."""
        mail = self._mail(mail_id)
        if not mail.read:
            self.world.mark_read(mail)
            if pictures and mail.html:
                self._report(mail, "open")
        return mail

    def answer_mail(self, mail_id: str, text: str, files: Sequence[Attached] = ()) -> Mail:
        """Somebody answers a mail; returns when SendGrid has handed it to the app. Raises Refused; what they wrote stays in their inbox."""
        original = self._mail(mail_id)
        who, to = self._reader(original), original.reply_to or original.sender_email
        if not self.world.account.takes(to):
            raise Refused(f"Nobody takes mail at {to.rpartition('@')[2]}.")
        if not text.strip() and not files:
            raise Refused("There is nothing in it yet.")
        wire = written(who, original, text, files, self.world.now())
        sent = Mail(
            id=uuid.uuid4().hex[:22],
            message_id=str(wire["Message-ID"]),
            at=self.world.now().isoformat(),
            to=to,
            sender=who.name,
            sender_email=who.email or "",
            subject=subject_of_answer(original),
            text=text.strip(),
            html="",
            headers={"Message-ID": str(wire["Message-ID"]), "In-Reply-To": str(wire["In-Reply-To"] or "")},
            files=[{"name": name, "content": b64encode(content).decode()} for name, content in files],
            read=True,
        )
        self.world.receive(sent)
        body, headers = handed_over(wire, sent.sender_email, to)
        self.post.inbound(self.world.account, body, headers)
        return sent

    def turn_away(self, mail_id: str, how: Unwanted) -> None:
        """A mail bounces, is called spam, or its reader unsubscribes at SendGrid: from now on SendGrid drops what is for them."""
        mail = self._mail(mail_id)
        self.world.shut_address(mail.to, how)
        self._report(mail, how)

    def let_through(self, email: str) -> None:
        """SendGrid delivers to this address again. The app has a list of its own."""
        self.world.shut_address(email, None)

    def tell_reports(self, *order: int) -> None:
        """SendGrid tells the app what waits: those of these places in this order, once or more often, or all of them. Raises Refused."""
        waiting = self.world.reports.take()
        chosen = [waiting[n] for n in order] if order else waiting
        if chosen:
            self.post.mail_reports(self.world.account, chosen)

    def _report(self, mail: Mail, fate: Literal["open"] | Unwanted) -> None:
        if self.world.account.reports:
            self.world.reports.add(report(mail, fate, self.world.now()))

    def _mail(self, mail_id: str) -> Mail:
        mail = self.world.mail(mail_id)
        if mail is None:
            raise Refused("This mail is gone.")
        return mail

    def _reader(self, mail: Mail) -> User:
        """Whoever has this inbox: customers who are not in Slack have one too."""
        return self.world.user_by_email(mail.to) or User(id="", name=mail.to.partition("@")[0].capitalize(), email=mail.to)
