// Standard streams first: the machinery behind `await` opens files of its own.

import Dispatch

StandardStreams.openMissing()
SystemLimits.require()
Task { await Program.main() }
dispatchMain()
