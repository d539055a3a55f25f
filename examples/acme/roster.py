"""Who is in the example: fifteen invented accounts and the sixty people in them, as a table to read and edit.

Every address ends in .test, a domain that can never exist. `persona` names a plan in make_data.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FIRST_MONDAY = date(2026, 3, 2)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# id | name | zone | plan | vehicles (empty: the billing system never tells) | industry
ACCOUNTS = """
north-star    | North Star Couriers      | America/Chicago   | fleet | 12  | courier
lima-al-dia   | Lima al Día Envíos       | America/Lima      | trial | 8   | courier
rutas-del-sol | Rutas del Sol            | Europe/Madrid     | fleet | 22  | courier
spree-kurier  | Spree Kurier GmbH        | Europe/Berlin     | fleet | 15  | courier
alpenblick    | Alpenblick Haustechnik   | Europe/Vienna     | trial | 6   | field_service
kaveri        | Kaveri Parcels           | Asia/Kolkata      | depot | 30  | courier
harbour-care  | Harbour Home Care        | Australia/Sydney  | fleet | 9   | field_service
tui-repair    | Tūī Appliance Repair     | Pacific/Auckland  | trial | 4   | field_service
prairie-pest  | Prairie Pest Control     | America/Denver    | trial | 1   | field_service
blue-ridge    | Blue Ridge Water & Pumps | America/New_York  | fleet | 18  | field_service
dar-jasmin    | Dar Jasmin Deliveries    | Africa/Tunis      | trial | 5   | courier
fjord-bud     | Fjord Bud                | Europe/Oslo       | depot | 40  | courier
sertao        | Sertão Entregas          | America/Sao_Paulo | trial | 7   | courier
northbound    | Northbound Freight       | America/Chicago   | depot | 180 | courier
hinode        | Hinode Laundry Rounds    | Asia/Tokyo        | trial |     | field_service
"""

# account | name | role | joined (their local time, in the first week) | persona | what is special
PEOPLE = """
north-star    | Dana Whitfield           | ops_lead   | mon 09:12 | steady       |
north-star    | Marcus Bell              | dispatcher | mon 11:40 | onlooker     |
north-star    | Priscilla Okafor         | developer  | tue 10:05 | fast         | technical=yes
north-star    | Theo Grant               | driver     | wed 07:05 | driver_keen  |
north-star    | Luis Ortega              | driver     | wed 07:30 | driver_slow  |
lima-al-dia   | Ana Quispe               | dispatcher | mon 10:00 | returns      |
lima-al-dia   | Jorge Huamán             | ops_lead   | mon 10:20 | never        |
lima-al-dia   | Rosa Mamani              | driver     | thu 06:50 | driver_keen  |
lima-al-dia   | Iván Flores              | developer  | tue 15:10 | slow         | technical=yes
rutas-del-sol | Carmen Vidal             | ops_lead   | mon 09:30 | steady       |
rutas-del-sol | Íñigo Ruiz               | dispatcher | tue 08:45 | fails        |
rutas-del-sol | Lucía Prieto             | dispatcher | wed 12:15 | onlooker     | consent=no
rutas-del-sol | Paco Molina              | driver     | fri 07:20 | driver_keen  |
rutas-del-sol | Nuria Soler              | driver     | fri 07:25 | driver_never |
spree-kurier  | Jürgen Kessel            | ops_lead   | mon 08:20 | steady       | locale=de
spree-kurier  | Aylin Demir              | dispatcher | tue 09:50 | slow         | locale=de
spree-kurier  | Jonas Brandt             | developer  | wed 13:30 | fast         | locale=de technical=yes
spree-kurier  | Maximiliana-Theodora Freifrau von Hohenzollern-Winterstetten | dispatcher | thu 10:10 | never | locale=de
spree-kurier  | Uwe Lange                | driver     | thu 06:30 | driver_keen  | locale=de
alpenblick    | Franz Gruber             | ops_lead   | tue 14:00 | returns      | locale=de-AT
alpenblick    | Leni Moser               | dispatcher | tue 14:40 | onlooker     | locale=de-AT
alpenblick    | Sepp Auer                | driver     | fri 06:40 | driver_slow  | locale=de-AT
kaveri        | Meera Nair               | ops_lead   | mon 10:45 | steady       |
kaveri        | Arjun Rao                | developer  | mon 16:20 | day0         | technical=yes
kaveri        | Sunita Gurung            | dispatcher | wed 11:00 | slow         | zone=Asia/Kathmandu
kaveri        | Vikram Das               | driver     | thu 07:15 | driver_keen  |
kaveri        | Ravi Pillai              | driver     | sat 07:45 | driver_slow  |
harbour-care  | Charlotte Ng             | ops_lead   | mon 08:55 | fast         |
harbour-care  | <!channel> & <b>Bob</b>  | dispatcher | tue 11:25 | steady       | email=bob
harbour-care  | Mia Thompson             | dispatcher | wed 09:40 | leaves       |
harbour-care  | Jack O'Neill             | driver     | thu 06:45 | driver_keen  |
tui-repair    | Aroha Ngata              | ops_lead   | tue 09:00 | day0         |
tui-repair    | Wiremu Kingi             | dispatcher | tue 09:30 | never        | consent=no
tui-repair    | Ella Fraser              | driver     | wed 07:00 | driver_keen  | email=none
prairie-pest  | Hank Lindqvist           | ops_lead   | sat 10:30 | solo         |
prairie-pest  | June Castle              | dispatcher | sun 16:00 | slow         | zone=Mars/Olympus
blue-ridge    | Renee Dawson             | ops_lead   | wed 10:20 | slow         |
blue-ridge    | Curtis Hale              | dispatcher | wed 13:05 | leaves       |
blue-ridge    | Monique Tate             | dispatcher | thu 09:15 | returns      |
blue-ridge    | Bo Hadley                | driver     | fri 06:20 | driver_keen  |
blue-ridge    | Earl Simms               | driver     | fri 06:35 | driver_never | consent=no
dar-jasmin    | ليلى بنسعيد              | ops_lead   | tue 10:30 | steady       | email=leila.bensaid
dar-jasmin    | Youssef Amrani           | dispatcher | thu 11:45 | fails        |
dar-jasmin    | Hamid Alaoui             | driver     | fri 08:10 | driver_keen  |
fjord-bud     | Ingrid Solberg           | ops_lead   | mon 08:05 | steady       |
fjord-bud     | Lars Haugen              | dispatcher | mon 12:30 | never        | consent=unasked
fjord-bud     | Kari Nilsen              | developer  | fri 09:20 | fast         | technical=yes
fjord-bud     | Ola Berg                 | driver     | tue 06:15 | driver_keen  |
fjord-bud     | Nils Dahl                | driver     | tue 06:25 | driver_keen  |
sertao        | Beatriz Carvalho         | ops_lead   | thu 10:00 | returns      |
sertao        | Tiago Lima               | dispatcher | thu 10:40 | never        | consent=no
sertao        | Edson Rocha              | driver     | sat 06:55 | driver_slow  |
sertao        | Paulo Nunes              | dispatcher | fri 15:30 | onlooker     | consent=unasked
northbound    | Gail Novak               | ops_lead   | tue 08:30 | steady       |
northbound    | Pete Sorenson            | dispatcher | tue 13:15 | onlooker     |
northbound    | Rick Yamada              | developer  | wed 09:05 | fast         | technical=yes
northbound    | Tom Bauer                | driver     | thu 06:10 | driver_keen  |
hinode        | 佐藤 美咲                | ops_lead   | mon 09:45 | slow         | email=misaki.sato
hinode        | 田中 健                  | dispatcher | wed 10:15 | never        | email=ken.tanaka
hinode        | 鈴木 大輔                | driver     | thu 07:40 | driver_keen  | email=none
"""


@dataclass(frozen=True, slots=True)
class Account:
    """One company. `vehicles` is a number or empty."""

    id: str
    name: str
    zone: str
    plan: str
    vehicles: str
    industry: str


@dataclass(frozen=True, slots=True)
class Member:
    """One person. `zone` is empty where the account's holds; `consent` is yes, no or empty; `joined_at` is aware (UTC)."""

    external_id: str
    account: Account
    name: str
    email: str
    role: str
    persona: str
    joined_at: datetime
    zone: str
    locale: str
    technical: str
    consent: str

    @property
    def place(self) -> ZoneInfo:
        """Where they really are: their own zone when there is one by that name, else their account's."""
        try:
            return ZoneInfo(self.zone or self.account.zone)
        except ZoneInfoNotFoundError:
            return ZoneInfo(self.account.zone)


def accounts() -> dict[str, Account]:
    """The accounts by id."""
    return {row[0]: Account(*row) for row in _rows(ACCOUNTS)}


def members() -> list[Member]:
    """The people, in the order of the table: u-001 to u-060."""
    known = accounts()
    return [_member(f"u-{number:03}", known[row[0]], *row[1:]) for number, row in enumerate(_rows(PEOPLE), 1)]


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def _member(external_id: str, account: Account, name: str, role: str, joined: str, persona: str, special: str) -> Member:
    said = dict(word.split("=") for word in special.split())
    return Member(
        external_id=external_id,
        account=account,
        name=name,
        email=_email(said.get("email", ""), name, account),
        role=role,
        persona=persona,
        joined_at=_joined(joined, ZoneInfo(account.zone)),
        zone=said.get("zone", ""),
        locale=said.get("locale", ""),
        technical=said.get("technical", "no"),
        consent=said.get("consent", "yes").removeprefix("unasked"),
    )


def _joined(text: str, place: ZoneInfo) -> datetime:
    day, clock = text.split()
    local = datetime.combine(FIRST_MONDAY + timedelta(days=DAYS.index(day)), time.fromisoformat(clock), tzinfo=place)
    return local.astimezone(UTC)


_PLAIN = str.maketrans("áéíóúñçãüöä", "aeiouncauoa", "'")


def _email(given: str, name: str, account: Account) -> str:
    if given == "none":
        return ""
    words = name.lower().translate(_PLAIN).split()
    local = given or f"{words[0]}.{words[-1]}"
    return f"{local}@{account.id}.test"
