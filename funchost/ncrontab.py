"""Six-field NCRONTAB schedules (second minute hour day month weekday, UTC), as timer triggers use them.

General cron libraries read another language: five fields, `L`, `#`, `@daily`, and a day that matches when *either* of
the day fields does. NCRONTAB has none of these and demands *both* day fields.
See https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_LIMITS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_FIELDS = ("second", "minute", "hour", "day", "month", "weekday")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")


class BadSchedule(ValueError):
    """The text is no NCRONTAB expression."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A parsed schedule. `fields` holds the allowed values of each field, `every` a fixed interval instead."""

    text: str
    fields: tuple[tuple[int, ...], ...] = ()
    every: timedelta | None = None

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Read six fields, or a time span `hh:mm:ss`. Raises `BadSchedule`."""
        span = _SPAN.fullmatch(text.strip())
        if span:
            days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
            every = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
            if not every:
                raise BadSchedule(f"'{text}' is an empty time span")
            return cls(text, every=every)
        parts = text.split()
        if len(parts) != 6:
            raise BadSchedule(f"'{text}' is no NCRONTAB expression: it has {len(parts)} fields, not six")
        schedule = cls(text, tuple(_field(part, n) for n, part in enumerate(parts)))
        if schedule.next(datetime(2000, 1, 1)) is None:
            raise BadSchedule(f"'{text}' never comes due")
        return schedule

    def next(self, after: datetime) -> datetime | None:
        """The first time after `after` that matches, or None if none does within nine years."""
        if self.every is not None:
            return after + self.every
        seconds, minutes, hours, days, months, weekdays = self.fields
        moment = after.replace(microsecond=0) + timedelta(seconds=1)
        day = moment.date()
        for _ in range(366 * 9):
            if day.month in months and day.day in days and day.isoweekday() % 7 in weekdays:
                found = self._within(moment, hours, minutes, seconds)
                if found is not None:
                    return found
            day += timedelta(days=1)
            moment = moment.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0)
        return None

    @staticmethod
    def _within(start: datetime, hours: tuple[int, ...], minutes: tuple[int, ...], seconds: tuple[int, ...]) -> datetime | None:
        floor = (start.hour, start.minute, start.second)
        for hour in (h for h in hours if h >= floor[0]):
            for minute in minutes:
                if (hour, minute) < floor[:2]:
                    continue
                for second in seconds:
                    if (hour, minute, second) >= floor:
                        return start.replace(hour=hour, minute=minute, second=second)
        return None


def _field(text: str, index: int) -> tuple[int, ...]:
    values: set[int] = set()
    for part in text.split(","):
        values |= _part(part, index)
    return tuple(sorted(values))


def _part(text: str, index: int) -> set[int]:
    low, high = _LIMITS[index]
    body, _, step = text.partition("/")
    if "/" in text and (not step.isdecimal() or int(step) == 0):
        raise BadSchedule(f"'{text}' is no {_FIELDS[index]} of an NCRONTAB expression")
    if body == "*":
        first, last = low, high
    else:
        left, dash, right = body.partition("-")
        first = _value(left, index)
        last = _value(right, index) if dash else (high if step else first)
    if first > last:
        raise BadSchedule(f"'{text}' runs backwards in the {_FIELDS[index]} field")
    return set(range(first, last + 1, int(step or 1)))


def _value(text: str, index: int) -> int:
    names = _MONTHS if index == 4 else _DAYS if index == 5 else []
    if len(text) >= 3 and text[:3].lower() in names:
        return names.index(text[:3].lower()) + (1 if index == 4 else 0)
    low, high = _LIMITS[index]
    if not text.isdecimal() or not low <= int(text) <= high:
        raise BadSchedule(f"'{text}' is no {_FIELDS[index]} of an NCRONTAB expression")
    return int(text)
