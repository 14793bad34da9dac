#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the process took of the machine so far.
public struct ResourceUse: Sendable {
  /// The time of all processors.
  public var seconds: Double

  /// The largest memory at any time.
  public var peakByteCount: Int

  public static var now: ResourceUse {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      let unit = 1
    #else
      getrusage(0, &usage)  // the process itself; the name has another type in each library
      let unit = 1024
    #endif
    let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
    let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
    return ResourceUse(
      seconds: Double(seconds) + Double(microseconds) / 1e6,
      peakByteCount: Int(usage.ru_maxrss) * unit)
  }

  public static func - (later: ResourceUse, earlier: ResourceUse) -> ResourceUse {
    ResourceUse(
      seconds: later.seconds - earlier.seconds,
      peakByteCount: later.peakByteCount - earlier.peakByteCount)
  }
}
