public import ModelGraph
public import Reports

/// A figure that models are compared by and held against limits.
public struct ReportFigure: Sendable {
  /// The key in the JSON report.
  public let key: String
  public let label: String
  public let unit: Comparison.Unit

  /// The figure of a report; `nil` if it cannot be known.
  public let value: @Sendable (Report) -> Int?
}

extension ReportFigure {
  public static let parameters = ReportFigure(
    key: "store.parameters.count", label: "Parameters", unit: .count
  ) { $0.store?.footprint.parameters.count }

  public static let parameterBytes = ReportFigure(
    key: "store.parameters.bytes", label: "Parameters, memory", unit: .bytes
  ) { $0.store?.footprint.parameters.bytes.value }

  public static let state = ReportFigure(
    key: "store.state.count", label: "State", unit: .count
  ) { $0.store?.footprint.state.count }

  public static let stored = ReportFigure(
    key: "store.tensors.bytes", label: "To store", unit: .bytes
  ) { $0.store?.footprint.tensors.bytes.value }

  public static let file = ReportFigure(
    key: "store.file.bytes", label: "File", unit: .bytes
  ) { $0.store?.footprint.file?.value }

  public static let activations = ReportFigure(
    key: "run.activations.bytes", label: "Activations", unit: .bytes
  ) { $0.run?.footprint.activations.bytes.value }

  public static let peak = ReportFigure(
    key: "run.peak.bytes", label: "Peak of activations", unit: .bytes
  ) { $0.run?.footprint.peak.bytes.value }

  public static let arena = ReportFigure(
    key: "run.arena.bytes", label: "Arena", unit: .bytes
  ) { $0.run?.footprint.arena.bytes.value }

  public static let required = ReportFigure(
    key: "run.required.bytes", label: "To run", unit: .bytes
  ) { $0.run?.requiredBytes.value }

  public static let work = ReportFigure(
    key: "run.macs", label: "Multiply-accumulates", unit: .count
  ) { $0.run?.footprint.work.multiplyAccumulates }

  public static let nodes = ReportFigure(
    key: "graph.nodes", label: "Nodes", unit: .count
  ) { $0.graph?.nodeCount }

  /// All parameters in a data type, scales of blocks included.
  ///
  /// - Throws: ``RequestError/unknownFigure(key:known:)`` if the report has no size in that type.
  public static func size(
    in dataType: DataType, of report: Report
  ) throws(RequestError) -> ReportFigure {
    let known = report.store?.footprint.sizes.map(\.dataType) ?? []
    guard known.contains(dataType) else {
      throw .unknownFigure(
        key: "store.sizes.\(dataType.rawValue)", known: known.map { "store.sizes.\($0.rawValue)" })
    }
    return ReportFigure(
      key: "store.sizes.\(dataType.rawValue)", label: "Parameters as \(dataType.rawValue)",
      unit: .bytes
    ) { $0.store?.footprint.sizes.first { $0.dataType == dataType }?.bytes.value }
  }

  public static let savedActivations = ReportFigure(
    key: "train.savedActivationBytes", label: "Kept for backward", unit: .bytes
  ) { $0.train?.measurement.savedActivations.value }

  public static let requestedPeak = ReportFigure(
    key: "train.requestedPeakBytes", label: "Peak requested in training", unit: .bytes
  ) { $0.train?.measurement.steady.requested.value }

  public static let reservedPeak = ReportFigure(
    key: "train.reservedPeakBytes", label: "Peak reserved in training", unit: .bytes
  ) { $0.train?.measurement.steady.reserved.value }

  public static let trained = ReportFigure(
    key: "train.totalBytes", label: "To train", unit: .bytes
  ) { $0.train?.total.value }

  /// The figures of training, which are compared where both sides have them.
  public static let training = [savedActivations, requestedPeak, reservedPeak, trained]

  /// The figures of a comparison, in order.
  public static let compared = [
    parameters, parameterBytes, state, stored, file, nodes, activations, peak, arena, required,
    work,
  ]
}
