"""Names of technologies, and which part of the stack each one chooses."""

from __future__ import annotations

from shared.brief.lexicon.bag import bag

BACKENDS: dict[str, str] = {
    "fastapi": "fastapi",
    "express": "express",
    "expressjs": "express",
    "express.js": "express",
    "nodejs": "express",
    "node.js": "express",
    "node": "express",
    "nestjs": "express",
    "gin": "gin",
    "golang": "gin",
    "spring": "spring",
    "springboot": "spring",
    "spring-boot": "spring",
    "java": "spring",
    "kotlin": "spring",
    "axum": "axum",
    "actix": "axum",
    "rust": "axum",
    "django": "django",
    "flask": "flask",
    "rails": "rails",
    "ruby": "rails",
    "laravel": "laravel",
    "php": "laravel",
    "symfony": "laravel",
    "dotnet": "dotnet",
    ".net": "dotnet",
    "asp.net": "dotnet",
    "c#": "dotnet",
    "csharp": "dotnet",
    "echo": "gin",
    "fiber": "gin",
    "python": "fastapi",
}
# Ordinary English words too: only meant as technology when capitalised, or behind "in", "using", "with" and the like.
AMBIGUOUS = bag("express gin spring node rails ruby echo fiber rust go react angular flask")
# A language alone yields to a named framework.
LANGUAGES = bag("golang go java kotlin rust ruby php c# csharp python node nodejs node.js .net dotnet")
FRONTENDS: dict[str, str] = {
    "react": "react",
    "reactjs": "react",
    "react.js": "react",
    "next.js": "react",
    "nextjs": "react",
    "vue": "vue",
    "vuejs": "vue",
    "vue.js": "vue",
    "nuxt": "vue",
    "nuxt.js": "vue",
    "angular": "angular",
    "angularjs": "angular",
    "svelte": "svelte",
    "sveltekit": "svelte",
}
DATABASES: dict[str, str] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "pg": "postgresql",
    "mysql": "mysql",
    "mariadb": "mariadb",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "mongodb": "mongodb",
    "mongo": "mongodb",
}
CACHES: dict[str, str] = {"redis": "redis"}
UNKNOWN: dict[str, str] = {
    "oracle": "database",
    "cassandra": "database",
    "dynamodb": "database",
    "cosmosdb": "database",
    "firestore": "database",
    "firebase": "database",
    "couchdb": "database",
    "neo4j": "database",
    "elasticsearch": "search engine",
    "mssql": "database",
    "memcached": "cache",
    "kafka": "message broker",
    "rabbitmq": "message broker",
    "elixir": "backend",
    "phoenix": "backend",
    "haskell": "backend",
    "cobol": "backend",
    "perl": "backend",
    "scala": "backend",
    "jquery": "frontend",
    "ember": "frontend",
    "wordpress": "platform",
    "drupal": "platform",
    "salesforce": "platform",
    "sharepoint": "platform",
    "blockchain": "platform",
    "solidity": "platform",
    "ethereum": "platform",
    "grpc": "API style",
    "soap": "API style",
}
API_WORDS = frozenset(["api", "rest", "restful", "graphql"])
# Words that stand between names of technologies.
SPEAKING = bag(
    """boot core js and with or in on for the a use using please backend frontend database db stack tech technology server client framework
    language built written be should must is plus"""
)
NOISE = bag(
    """docker kubernetes k8s typescript javascript ts js jwt oauth oauth2 sqlalchemy alembic pydantic vite tailwind bootstrap aws
    azure gcp terraform html css go"""
)
CERTAIN: frozenset[str] = frozenset().union(BACKENDS, FRONTENDS, DATABASES, CACHES) - AMBIGUOUS - {"java", "python"}
ALL = frozenset().union(BACKENDS, FRONTENDS, DATABASES, CACHES, API_WORDS, NOISE, set(UNKNOWN) - {"oracle", "phoenix", "ember"}) - {
    "echo",
    "fiber",
    "node",
    "rust",
}


def part_of(low: str) -> str:
    """The part of the stack that a lower-case word names or chooses; empty for any other word."""
    for part, table in (("backend", BACKENDS), ("frontend", FRONTENDS), ("database", DATABASES), ("cache", CACHES)):
        if low == part or (low in table and low not in AMBIGUOUS - {"react", "angular", "flask"}):
            return part
    return ""
