"""How `qlf` shows who it is: the token of a data folder, a sign-in with Entra that is kept, or the identity of an automation."""

from cli.identity.tokens import Token, bearer

__all__ = ["Token", "bearer"]
