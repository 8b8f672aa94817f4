"""Settings: the only reader of the environment."""

from typing import Final, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from notice_board.core.roles import Role

DEVELOPMENT_KEY: Final = "for-development-only-and-refused-elsewhere"
PRODUCTION_RATE: Final = 300
SAFE_ENVIRONMENTS: Final = frozenset({"development", "test"})


class Settings(BaseSettings):
    """Every setting of the application, read from the environment and from a file `.env`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    environment: Literal["development", "test", "staging", "production"] = "development"
    database_url: str = "sqlite:///./notice_board.db"
    secret_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    jwt_issuer: str = "notice-board"
    jwt_audience: str = "notice-board"
    access_minutes: int = Field(default=15, ge=1, le=60)
    refresh_days: int = Field(default=14, ge=1, le=90)
    argon2_time_cost: int = Field(default=2, ge=1, le=10)
    argon2_memory_kib: int = Field(default=19456, ge=8, le=1048576)
    registration_role: Role | None = None
    registration_open: bool = True
    admin_email: str | None = None
    admin_password: SecretStr | None = None
    max_body_bytes: int = Field(default=1048576, ge=1024)
    rate_limit_per_minute: int | None = Field(default=None, ge=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def is_safe(self) -> bool:
        """True on a developer's machine and in tests, where weak defaults are allowed."""
        return self.environment in SAFE_ENVIRONMENTS

    @property
    def rate_limit(self) -> int:
        """Requests per minute and client; 0 is off, which is the default in development and tests."""
        if self.rate_limit_per_minute is not None:
            return self.rate_limit_per_minute
        return 0 if self.is_safe else PRODUCTION_RATE

    @model_validator(mode="after")
    def _refuse_defaults(self) -> Self:
        key = self.secret_key.get_secret_value()
        if len(key) < 32:
            raise ValueError("SECRET_KEY must have at least 32 characters")
        if not self.is_safe and key == DEVELOPMENT_KEY:
            raise ValueError("SECRET_KEY must be set outside development and test")
        if not self.is_safe and (self.argon2_memory_kib < 19456 or self.argon2_time_cost < 2):
            raise ValueError("argon2 must not be weaker than its defaults outside development and test")
        if (self.admin_email is None) != (self.admin_password is None):
            raise ValueError("ADMIN_EMAIL and ADMIN_PASSWORD are set together")
        if self.registration_role is Role.ADMIN:
            raise ValueError("REGISTRATION_ROLE must not be the administrator")
        return self
