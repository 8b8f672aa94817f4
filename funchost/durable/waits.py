"""The tree of things an orchestration awaits, so that ending a task costs the depth of the tree and not its width."""

from collections.abc import Sequence


class Node:
    """Something that ends once."""

    __slots__ = ("done", "parent")

    def __init__(self) -> None:
        self.done = False
        self.parent: Node | None = None

    def finish(self) -> None:
        """Mark the end and tell the parent."""
        if not self.done:
            self.done = True
            if self.parent is not None:
                self.parent.child_finished()

    def child_finished(self) -> None:
        """Called by a child that has ended."""


class Leaf(Node):
    """An activity, a child orchestration, a timer, an event."""

    __slots__ = ()


class All(Node):
    """Ends when every child has ended, failed ones included (.NET's Task.WhenAll)."""

    __slots__ = ("_left",)

    def __init__(self, children: Sequence[Node]) -> None:
        super().__init__()
        self._left = sum(not child.done for child in children)
        for child in children:
            child.parent = self
        self.done = not self._left

    def child_finished(self) -> None:
        """Count down."""
        self._left -= 1
        if not self._left:
            self.finish()


class AnyOf(Node):
    """Ends with its first child."""

    __slots__ = ()

    def __init__(self, children: Sequence[Node]) -> None:
        super().__init__()
        for child in children:
            child.parent = self
        self.done = not children or any(child.done for child in children)

    def child_finished(self) -> None:
        """The first one decides."""
        self.finish()
