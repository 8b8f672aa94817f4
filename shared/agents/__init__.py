"""Agents: IR -> the files of an application, and what each of them builds and proves."""

from shared.agents.contract import build_contract
from shared.agents.fates import prove, refuse_unbuilt
from shared.agents.limits import unbuilt
from shared.agents.registry import AGENTS, BLUEPRINT_VERSION, Agent, generate, make_plan, register, select_agent

__all__ = [
    "AGENTS",
    "BLUEPRINT_VERSION",
    "Agent",
    "build_contract",
    "generate",
    "make_plan",
    "prove",
    "refuse_unbuilt",
    "register",
    "select_agent",
    "unbuilt",
]
