"""What the local stack raises; each message is one line that says what to do."""


class CannotStart(Exception):
    """The stack, or one component of it, cannot be started."""


class Unhealthy(Exception):
    """A running component does not do its work; the message says why."""
