"""Days and times as GOV.UK writes them, in English and Welsh, on London's clocks."""

from datetime import date, datetime, time

from babel.dates import format_date

from shared.domain.working_days import london
from shared.pages.languages import Language

NOON, MIDNIGHT = {"en": "midday", "cy": "hanner dydd"}, {"en": "midnight", "cy": "hanner nos"}
AT = {"en": "at", "cy": "am"}


def day(value: date, language: Language) -> str:
    """`24 November 2026`, `24 Tachwedd 2026`."""
    return format_date(value, "d MMMM y", locale=language)


def clock(value: time, language: Language) -> str:
    """`5pm`, `9:30am`, `midday`."""
    if (value.hour, value.minute) in ((0, 0), (12, 0)):
        return (NOON if value.hour else MIDNIGHT)[language]
    minutes = f":{value.minute:02}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


def moment(value: datetime, language: Language) -> str:
    """`24 November 2026 at 5pm`."""
    local = london(value)
    return f"{day(local.date(), language)} {AT[language]} {clock(local.time(), language)}"


def by(value: datetime, language: Language) -> str:
    """`5pm on Tuesday 24 November 2026`, `5pm ddydd Mawrth 24 Tachwedd 2026`: by when something is done."""
    local = london(value)
    named = format_date(local, "EEEE d MMMM y", locale=language)
    on = named.replace("Dydd", "ddydd") if language == "cy" else f"on {named}"
    return f"{clock(local.time(), language)} {on}"
