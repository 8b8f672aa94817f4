"""Settings from the environment."""

from functools import lru_cache

from pydantic_settings import BaseSettings

DEFAULT = "development-only-value-0123456789"


class Settings(BaseSettings):
    """What the environment says."""

    environment: str = "development"
    database_url: str = "sqlite:///sample.db"
    secret_key: str = DEFAULT
    admin_email: str = ""
    admin_password: str = ""

    def check(self) -> None:
        """Refuse to run outside development on the default secret."""
        if self.environment in ("staging", "production") and self.secret_key == DEFAULT:
            raise ValueError("SECRET_KEY must be set outside development")


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
