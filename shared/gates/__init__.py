"""The verification mesh: one module per gate, their order, the score, and the repairs that need no model."""

from shared.gates.pipeline import COMPONENT_STAGES, GATES, STAGES, gate_key, order, run_gate, tool_versions
from shared.gates.records import TOOLS_LOCK, Gate, GateContext, GateRun, Judgement, SandboxFactory
from shared.gates.repair import REPAIRERS, ModelRepairer, Repairer, RepairResult, Restore, RuffFix, better, repair_tree
from shared.gates.score import score

__all__ = [
    "COMPONENT_STAGES", "GATES", "REPAIRERS", "STAGES", "TOOLS_LOCK",
    "Gate", "GateContext", "GateRun", "Judgement", "ModelRepairer", "RepairResult", "Repairer", "Restore", "RuffFix", "SandboxFactory",
    "better", "gate_key", "order", "repair_tree", "run_gate", "score", "tool_versions",
]  # fmt: skip
