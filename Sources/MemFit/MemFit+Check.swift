public import MemoryAnalysis
import ModelGraph
public import Reports

extension MemFit {
  /// The most that a figure may be.
  public struct Ceiling: Sendable {
    public var figure: ReportFigure
    public var limit: Int

    public init(_ figure: ReportFigure, atMost limit: Int) {
      self.figure = figure
      self.limit = limit
    }
  }

  /// Holds the figures of a report against limits.
  public static func check(_ report: Report, _ ceilings: [Ceiling]) -> Check {
    Check(
      version: version, model: report.model,
      limits: ceilings.map { ceiling in
        let found = ceiling.figure.value(report)
        return Check.Limit(
          key: ceiling.figure.key, label: ceiling.figure.label, unit: ceiling.figure.unit,
          limit: ceiling.limit, found: found, excess: found.map { $0 - ceiling.limit })
      },
      diagnostics: report.diagnostics)
  }
}

extension Check {
  /// Adds what a device says of a model: its memory, and its flash if it has some.
  ///
  /// A device that was asked for and has no verdict counts as exceeded.
  public mutating func add(_ fit: DeviceFit?, on device: Device) {
    add("run.device.memory", "Memory of \(device.title)", device.usableMemory, fit?.neededMemory)
    guard let flash = device.flash else { return }
    add(
      "run.device.flash", "Flash of \(device.title)", flash, fit?.flash.map(\.bytes).total())
  }

  private mutating func add(
    _ key: String, _ label: String, _ limit: ByteCount, _ found: ByteCount?
  ) {
    limits.append(
      Limit(
        key: key, label: label, unit: .bytes, limit: limit.value, found: found?.value,
        excess: found.map { ($0 - limit).value }))
  }
}
