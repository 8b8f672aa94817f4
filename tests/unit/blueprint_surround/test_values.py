"""The values that generated tests send: what they call fit fits the contract, and what they call unfit does not."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from surround import IRS, entity, f, files_of, ir

from shared.agents import build_contract
from shared.model import IR
from tests.unit.agents import random_irs


def loaded(brief: IR) -> dict[str, Any]:
    """The names of a generated application's `spec.py`, `values.py` and `resources.py`."""
    files = files_of("test", brief)
    names: dict[str, Any] = {"__name__": __name__}
    for path in ("tests/support/spec.py", "tests/support/values.py", "tests/resources.py"):
        source = "\n".join(line for line in files[path].split("\n") if not line.startswith("from tests."))
        exec(compile(source, path, "exec"), names)
    return names


def is_valid(document: dict[str, Any], schema: dict[str, Any], value: Any) -> bool:
    """True when the value fits the schema, formats included."""
    whole = {"components": document["components"], **schema}
    return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).is_valid(value)


def misfits(brief: IR) -> list[tuple[str, str, Any]]:
    """Resource, field and value of everything that the tests misjudge."""
    document, names = build_contract(brief).openapi, loaded(brief)
    found = []
    for key, resource in names["RESOURCES"].items():
        properties = document["components"]["schemas"][f"{key}Create"]["properties"]
        for field in resource.fields:
            schema = properties[field.name]
            fit = [names["valid"](field, number) for number in (0, 1, 2, 7, 1001, 2001)]
            unfit = [value for _, value in names["invalid"](field)]
            found += [(key, field.name, value) for value in fit if not is_valid(document, schema, value)]
            found += [(key, field.name, value) for value in unfit if is_valid(document, schema, value)]
    return found


@pytest.mark.parametrize("name", IRS)
def test_known_applications_send_what_they_mean(name: str) -> None:
    assert misfits(IRS[name]) == []


@settings(max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
@given(random_irs.irs())
def test_random_applications_send_what_they_mean(brief: IR) -> None:
    assert misfits(brief) == []


@pytest.mark.parametrize("kind", ["decimal", "money"])
@pytest.mark.parametrize(("low", "high"), [(5_000_000, None), (None, -5_000_000), (6.8e19, None), (None, -1e20), (0, 0.5), (-1e-126, 0)])
def test_bounds_far_from_one_are_kept(kind: str, low: float | None, high: float | None) -> None:
    assert misfits(ir("Far", [entity("Thing", "things", f("amount", kind, min=low, max=high))])) == []
