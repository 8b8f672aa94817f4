"""The program around sandboxed code: standard library only, started by path so that it loads in milliseconds.

    host ──job, lifeline──> supervisor (own session, subreaper) ──fork──> box (namespaces) ──fork──> init ──fork──> commands

The supervisor drains output, measures and ends the group; `init` starts the commands and holds nothing they could want.
"""
