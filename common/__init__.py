"""What the scripts share.

Python needs a moment to import a script's modules. Ctrl-C in that moment ends the script with a
word and exit code 130, as `common.cli.run` does later, and not with a traceback.
"""

import os
import sys
from types import TracebackType


def _report(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, error, traceback)
    print(f"{os.path.basename(sys.argv[0])}: interrupted", file=sys.stderr)
    sys.stderr.flush()
    os._exit(130)


sys.excepthook = _report
