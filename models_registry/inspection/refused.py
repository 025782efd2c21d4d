"""How the sandboxed process says no: a code and its particulars; the sentences are made outside."""


class Refused(Exception):
    """The file cannot be used; `code` names the reason, `particulars` fill its sentence."""

    def __init__(self, code: str, **particulars: object) -> None:
        super().__init__(code)
        self.code = code
        self.particulars = particulars
