"""Where `python -m demo` begins."""

import signal
import sys

if __name__ == "__main__":
    # As long as nothing has been started, Ctrl-C just ends the process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    from .show import main

    sys.exit(main())
