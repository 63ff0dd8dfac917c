// The activation functions that a spec can name.

import Networks

extension Activation: SpecChoice {}
