#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a piece of work took of the machine.
public struct ResourceUse: Sendable {
  public var seconds: Double

  /// How far the largest memory of the process rose; zero where it had been larger before.
  public var peakGrowth: Int

  /// Does the work and measures it.
  public static func measure<Result>(
    _ work: () throws -> Result
  ) rethrows -> (Result, ResourceUse) {
    let peak = peakByteCount()
    let clock = ContinuousClock()
    let start = clock.now
    let result = try work()
    let time = start.duration(to: clock.now).components
    let seconds = Double(time.seconds) + Double(time.attoseconds) / 1e18
    return (result, ResourceUse(seconds: seconds, peakGrowth: peakByteCount() - peak))
  }

  private static func peakByteCount() -> Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return Int(usage.ru_maxrss)
    #else
      getrusage(0, &usage)  // the process itself; the name has another type in each library
      return Int(usage.ru_maxrss) * 1024
    #endif
  }
}
