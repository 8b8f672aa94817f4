"""Brief compiler: plain-language text to IR and ledger, by rule. The same text gives the same bytes everywhere."""

from shared.brief.compiler import COMPILER_VERSION, Compilation, compile_brief, compile_json
from shared.brief.refusals import MAX_BRIEF_BYTES

__all__ = ["COMPILER_VERSION", "MAX_BRIEF_BYTES", "Compilation", "compile_brief", "compile_json"]
