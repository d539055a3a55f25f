"""Programs that look at mail open every link within seconds: whatever mail it is, that changes nothing for whom it was written to."""

from __future__ import annotations

import re
from datetime import timedelta

from browsing import Page
from in_slack import resolves
from town import Town


def links_in(town: Town, email: str) -> dict[str, str]:
    """Every address of ours in somebody's mails, in HTML, text and headers: what it is for, and the address."""
    found = set()
    for mail in town.inbox(email):
        found |= {href for _, href in Page(mail.html).links}
        found |= set(re.findall(r"https?://[^\s>)\]]+", mail.text))
        found |= set(re.findall(r"<(https?://[^>]+)>", mail.headers.get("List-Unsubscribe", "")))
    ours = (link.partition("#")[0] for link in found if link.startswith(town.demo.app_url))
    return {re.sub(r"[\w-]{20,}\.[\w-]{43}", "…", link.removeprefix(town.demo.app_url)): link for link in ours}


def test_a_scanner_that_opens_every_link_of_a_whole_month_changes_nothing(town: Town):
    nora = town.newcomer("Nora", goal="weekly revenue", company={"id": "nora", "employees": 20})
    email = f"{nora}@solo.test"
    person = town.house.reports.find_person(email)
    assert person is not None
    town.days(4)
    form = town.opens(town.house.links.page(person.id, town.demo.now())).form("/stuck")
    town.sends(form, text="invalid host")
    town.settle()
    town.team_presses("Claim")
    resolves(town)
    town.uses("source.connected", user=nora)
    town.uses("report.created", user=nora)
    town.days(30)
    for age in (timedelta(), timedelta(days=100)):
        town.until(town.demo.now() + age)
        links, before, heard = links_in(town, email), town.house.reports.find_person(email), len(town.why(email))
        assert all(any(link.startswith(kind) for link in links) for kind in ("/p/…", "/u/…", "/preferences/…"))
        assert any("do=answer" in link for link in links)
        assert any("do=solved" in link for link in links)
        for link in links.values():
            for method in ("GET", "HEAD"):
                assert town.fetch(method, link).status < 500, (method, link)
        town.settle()
        assert town.house.reports.find_person(email) == before
        assert len(town.why(email)) == heard
