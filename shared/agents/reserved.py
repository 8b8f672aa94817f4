"""Words that a generated name must not be. Tables, fixed here so that every Python version escapes alike."""

from __future__ import annotations

_PYTHON = """
    False None True and as assert async await break class continue def del elif else except finally for from global if import in
    is lambda nonlocal not or pass raise return try while with yield match case type abs aiter all anext any ascii bin bool
    breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval
    exec exit filter float format frozenset getattr globals hasattr hash help hex input int isinstance issubclass iter len license
    list locals map max memoryview min next object oct open ord pow print property quit range repr reversed round set setattr
    slice sorted staticmethod str sum super tuple vars zip self cls
"""
# What the bodies of generated model and schema classes use, and what their base classes define.
_ATTRIBUTES = """
    dt types mapped_column choice uuid4 metadata registry query copy json dict schema construct validate parse_obj parse_raw
    parse_file from_orm schema_json update_forward_refs fields id created_at updated_at created_by_id
"""
# Modules of the application itself, in any of the folders that also hold one module per entity.
_MODULES = """
    account accounts auth base deps enums errors health paging problem row rows session tokens transitions types roles account_service
"""
_CLASSES = """
    Account AccountCreate AccountPage AccountQuery AccountRead AccountUpdate Access Annotated Any Base BaseModel Boolean
    CheckConstraint Create Date DateTime Decimal Dict Entity Enum Exception Field Final ForeignKeyConstraint Identity Index
    Input Integer Json Literal Login Mapped Move Mover None Numeric Operation Page PasswordChange Problem ProblemError Query
    Read Refresh RefreshToken Register Response Role Row Scalar Select Session SessionDep Settings String StrEnum Text Time
    Token TokenPair TransitionRead TransitionPage True False TypeVar UniqueConstraint Update UtcDateTime UUID Uuid APIRouter
    Depends FieldProblem Status Livez Id Scaled Clock Amount ColumnElement CursorResult Searchable ForeignKey PageQuery Config ConfigDict
    Type Bearer Permission Scope AccessToken Actor Money JSON BigInteger I O
"""
# Operation ids of the application itself, and what the modules that define operations import.
_OPERATIONS = """
    register login refresh logout get_me change_password livez readyz metrics admin_list_accounts admin_create_account
    admin_get_account admin_update_account admin_delete_account router allow movers documented created select rows
"""
_PLURALS = """
    auth admin docs health livez metrics moves openapi readyz redoc static
"""
# Importable names that a package of the generated application would hide, and folders of its tree.
_PACKAGES = """
    abc alembic anyio app argon2 array ast asyncio base64 bin calendar cmd code collections contextlib copy core coverage csv
    dataclasses datetime db decimal dist docs email enum fastapi fractions functools graphlib hashlib html http httpx2 hypothesis
    io ipaddress itertools json jwt keyword logging mailbox main math migrations mimetypes mypy numbers operator os pathlib pip
    platform profile prometheus_client psycopg pydantic pydantic_core pydantic_settings pytest queue random re resource ruff sched
    secrets select selectors setuptools shelve signal site socket sqlalchemy sqlite3 src ssl starlette stat statistics string
    struct symtable sys tempfile test tests textwrap this threading time timeit token trace types typing uuid uvicorn venv
    warnings wave weakref wheel xml zipfile zoneinfo
"""

PYTHON = frozenset(_PYTHON.split())
ATTRIBUTES = PYTHON | frozenset(_ATTRIBUTES.split())
MODULES = PYTHON | frozenset(_MODULES.split())
CLASSES = frozenset(_CLASSES.split())
OPERATIONS = frozenset(_OPERATIONS.split())
PLURALS = frozenset(_PLURALS.split())
PACKAGES = frozenset(_PACKAGES.split())
TABLES = frozenset({"auth_account", "auth_refresh_token", "alembic_version", "sqlite_master", "sqlite_sequence"})
TAGS = frozenset({"auth", "accounts", "health"})
SYSTEM_COLUMNS = frozenset({"id", "created_at", "updated_at", "created_by_id"})
QUERY_PARAMETERS = frozenset({"limit", "cursor", "sort", "q"})
