"""Failures that the person at the terminal can act on."""

USAGE = 2
OUT_OF_REACH = 4


class Failure(Exception):
    """Says what failed and why; `hint` is what to do next, or empty."""

    def __init__(self, what, hint="", exit_code=OUT_OF_REACH):
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.exit_code = exit_code

    def text(self):
        return f"{self.what}\nnext: {self.hint}" if self.hint else self.what
