"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "auth_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "editor",
                native_enum=False,
                create_constraint=True,
                length=6,
                name="ck_auth_account_role",
            ),
            nullable=True,
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["auth_account.id"],
            name="fk_auth_account_created_by_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint(
            "id",
            name="pk_auth_account",
        ),
        sa.UniqueConstraint("email", name="uq_auth_account_email"),
    )
    op.create_table(
        "auth_refresh_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["auth_account.id"],
            name="fk_auth_refresh_token_account_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["auth_account.id"],
            name="fk_auth_refresh_token_created_by_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint(
            "id",
            name="pk_auth_refresh_token",
        ),
        sa.UniqueConstraint("fingerprint", name="uq_auth_refresh_token_fingerprint"),
    )
    op.create_index("ix_auth_refresh_token_account_id", "auth_refresh_token", ["account_id"])
    op.create_index("ix_auth_refresh_token_family_id", "auth_refresh_token", ["family_id"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "posted",
                native_enum=False,
                create_constraint=True,
                length=6,
                name="ck_notices_state",
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["auth_account.id"],
            name="fk_notices_created_by_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint(
            "id",
            name="pk_notices",
        ),
    )
    op.create_index("ix_notices_created_at", "notices", ["created_at", "id"])
    op.create_index("ix_notices_created_by_id", "notices", ["created_by_id"])
    op.create_table(
        "notice_transitions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "draft",
                "posted",
                native_enum=False,
                create_constraint=True,
                length=6,
                name="ck_notice_transitions_source",
            ),
            nullable=False,
        ),
        sa.Column(
            "target",
            sa.Enum(
                "draft",
                "posted",
                native_enum=False,
                create_constraint=True,
                length=6,
                name="ck_notice_transitions_target",
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["row_id"],
            ["notices.id"],
            name="fk_notice_transitions_row_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["auth_account.id"],
            name="fk_notice_transitions_created_by_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint(
            "id",
            name="pk_notice_transitions",
        ),
    )
    op.create_index("ix_notice_transitions_row_id", "notice_transitions", ["row_id"])


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("notice_transitions")
    op.drop_table("notices")
    op.drop_table("auth_refresh_token")
    op.drop_table("auth_account")
