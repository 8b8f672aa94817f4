"""What the service stores and who may do what, as its brief says it: the tests hold the service to this."""

from __future__ import annotations

from tests.support.spec import Field, Filter, Link, Machine, Move, Parent, Resource

ROLES: list[str] = [
    "admin",
    "editor",
]

RESOURCES: dict[str, Resource] = {
    "Notice": Resource(
        key="Notice",
        path="/notices",
        fields=[
            Field(
                name="title",
                kind="string",
                required=True,
                unique=False,
                secret=False,
                choices=[],
                minimum=1,
                maximum=200,
                default=None,
            ),
            Field(
                name="text",
                kind="text",
                required=False,
                unique=False,
                secret=False,
                choices=[],
                minimum=1,
                maximum=10000,
                default=None,
            ),
        ],
        parents=[],
        filters=[
            Filter(
                name="title",
                field="title",
                how="equal",
            ),
            Filter(
                name="state",
                field="state",
                how="equal",
            ),
        ],
        rights={
            "create": {
                "admin": "all",
                "editor": "all",
            },
            "read": {
                "admin": "all",
                "editor": "all",
            },
            "update": {
                "admin": "all",
                "editor": "all",
            },
            "delete": {
                "admin": "all",
                "editor": "all",
            },
        },
        machine=Machine(
            field="state",
            initial="draft",
            states=[
                "draft",
                "posted",
            ],
            moves=[
                Move(
                    source="draft",
                    to="posted",
                    roles=[],
                ),
            ],
        ),
    ),
}

LINKS: list[Link] = []

__all__ = ["LINKS", "RESOURCES", "ROLES", "Field", "Filter", "Link", "Machine", "Move", "Parent", "Resource"]
