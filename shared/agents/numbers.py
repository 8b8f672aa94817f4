"""Regular expressions for decimal numbers within bounds.

Money and decimals travel as JSON strings, where a JSON schema has no `minimum`. A pattern that matches exactly the allowed
numbers keeps the contract and the server of one mind.
"""

from __future__ import annotations


def decimal_pattern(low: int, high: int, places: int) -> str:
    """Anchored pattern for numbers `low` <= n <= `high`, both counted in units of the last of `places` digits."""
    choices: list[str] = []
    if high >= 0:
        choices += _magnitude(max(low, 0), high, places)
    if low < 0:
        choices += ["-" + c for c in _magnitude(max(1, -high), -low, places)]
    return "^(" + "|".join(choices) + ")$"


def _magnitude(low: int, high: int, places: int) -> list[str]:
    """Alternatives for non-negative numbers in the scaled range."""
    unit: int = 10**places
    first, last = low // unit, high // unit
    if first == last:
        return [f"{first}{_fraction(low % unit, high % unit, places)}"]
    choices = []
    if low % unit:
        choices.append(f"{first}{_fraction(low % unit, unit - 1, places)}")
        first += 1
    if high % unit != unit - 1:
        choices.append(f"{last}{_fraction(0, high % unit, places)}")
        last -= 1
    any_fraction = _fraction(0, unit - 1, places)
    return [f"{_either(whole_patterns(first, last))}{any_fraction}" for _ in range(first <= last)] + choices


def _fraction(low: int, high: int, places: int) -> str:
    """The part after the integer digits: a point and 1 to `places` digits, or nothing where zero is in the range."""
    if places == 0:
        return ""
    if low == 0 and high == 10**places - 1:
        return rf"(\.[0-9]{{1,{places}}})?"
    digits = _either(_digits(low, high, places, places))
    return rf"(\.{digits})?" if low == 0 else rf"\.{digits}"


def _digits(low: int, high: int, left: int, places: int) -> list[str]:
    """Strings of 1 to `left` digits whose value, padded with zeros, lies in the range."""
    unit: int = 10 ** (left - 1)
    choices = []
    for digit in range(10):
        bottom, top = max(low - digit * unit, 0), min(high - digit * unit, unit - 1)
        if bottom > top:
            continue
        if left == 1:
            choices.append(str(digit))
        elif bottom == 0 and top == unit - 1:
            choices.append(f"{digit}[0-9]{{0,{left - 1}}}")
        else:
            rest = _either(_digits(bottom, top, left - 1, places))
            choices.append(f"{digit}({rest})?" if bottom == 0 else f"{digit}{rest}")
    return choices


def whole_patterns(low: int, high: int) -> list[str]:
    """Alternatives for the whole numbers `low` to `high` (0 <= low <= high) without leading zeros."""
    if low == 0 < high:
        return ["0", *whole_patterns(1, high)]
    shortest, longest = len(str(low)), len(str(high))
    full_from = shortest if low == 10 ** (shortest - 1) else shortest + 1
    full_to = longest if high == 10**longest - 1 else longest - 1
    if low == 0 or shortest == longest or full_from > full_to:
        return [p for n in range(shortest, longest + 1) for p in _same_length(*_ends(n, low, high))]
    head = _same_length(*_ends(shortest, low, high)) if full_from > shortest else []
    tail = _same_length(*_ends(longest, low, high)) if full_to < longest else []
    repeat = "{" + f"{full_from - 1},{full_to - 1}" + "}" if full_from < full_to else "{" + str(full_from - 1) + "}"
    return [*head, f"[1-9][0-9]{repeat}", *tail]


def _ends(length: int, low: int, high: int) -> tuple[str, str]:
    """The part of the range that has this many digits."""
    smallest = 0 if length == 1 else 10 ** (length - 1)
    return str(max(low, smallest)), str(min(high, 10**length - 1))


def _same_length(low: str, high: str) -> list[str]:
    rest = len(low) - 1
    if rest == 0:
        return [_class(low, high)]
    if low[0] == high[0]:
        return [low[0] + tail for tail in _same_length(low[1:], high[1:])]
    choices = []
    first, last = int(low[0]), int(high[0])
    if low[1:] != "0" * rest:
        choices += [low[0] + tail for tail in _same_length(low[1:], "9" * rest)]
        first += 1
    upper = []
    if high[1:] != "9" * rest:
        upper = [high[0] + tail for tail in _same_length("0" * rest, high[1:])]
        last -= 1
    if first <= last:
        choices.append(_class(str(first), str(last)) + (f"[0-9]{{{rest}}}" if rest > 1 else "[0-9]"))
    return choices + upper


def _class(low: str, high: str) -> str:
    return low if low == high else f"[{low}-{high}]"


def _either(choices: list[str]) -> str:
    return choices[0] if len(choices) == 1 else "(" + "|".join(choices) + ")"
