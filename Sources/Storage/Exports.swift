// Foundation for whoever deals with files: the part without the world's languages and calendars, where it can be had alone.

@_exported import Numerics

#if canImport(FoundationEssentials)
  @_exported import FoundationEssentials
#else
  @_exported import Foundation
#endif
