// Standard streams first: the machinery behind `await` opens files of its own.

import Dispatch
import Experiments

StandardStreams.openMissing()
SystemLimits.require()
Task { await Program.main() }
dispatchMain()
