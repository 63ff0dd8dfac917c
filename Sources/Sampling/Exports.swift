// What Sampling is built on and hands on: whoever imports Sampling has matrices, the parallel map and GSL's errors too.

@_exported import Numerics
