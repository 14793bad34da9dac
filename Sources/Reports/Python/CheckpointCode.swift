public import MemoryAnalysis

/// Python code that has PyTorch compute the regions of a plan again.
///
/// A region runs in `torch.utils.checkpoint.checkpoint`, modules wrapped by their paths or calls regrouped in
/// what `torch.fx` traces. What a region keeps is a selective policy, which counts the calls of operators.
/// Batch norms update their running statistics in the first run alone.
/// <https://docs.pytorch.org/docs/stable/checkpoint.html>, <https://docs.pytorch.org/docs/stable/fx.html>
public struct CheckpointCode: Sendable {
  let plan: RegionPlan
  private let model: String

  public init(_ plan: RegionPlan, model: String) {
    self.plan = plan
    self.model = model
  }

  /// Whether regions lie between calls; a plan without any has modules.
  private var isTraced: Bool {
    plan.regions.contains { if case .calls = $0.place { true } else { false } }
  }

  public var text: String {
    """
    \"\"\"Computes parts of \(Self.comment(model)) again in the backward pass.

    Planned by memfit: a step asks for \(plan.peakBytes) bytes at its peak.
    \(isTraced ? Self.tracedUse : Self.wrappedUse)
    \"\"\"

    \(isTraced ? tracedPart : wrappedPart)
    \(Self.contexts)
    """
  }

  private static let wrappedUse = "Call recompute(model) once, before training."
  private static let tracedUse = """
    Call recompute(model) once, before training: torch.fx traces the model as it trains and
    regroups its calls. The model stays the same object; in evaluation it runs as before.
    """

  /// The lines that a list has for regions, of what a function says of each.
  func lines(_ words: (PlannedRegion) -> String) -> String {
    plan.regions.map { "    (\(words($0)), {\(kept($0))}),\n" }.joined()
  }

  /// What a region keeps: the numbers of the calls, by operator.
  private func kept(_ region: PlannedRegion) -> String {
    region.keptCalls.map { name, indices in
      "\(Self.literal("aten.\(name)")): {\(indices.map(String.init).joined(separator: ", "))}"
    }.joined(separator: ", ")
  }

  /// A Python string; the paths of a file may hold anything.
  static func literal(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\\": "\\\\"
      case "\"": "\\\""
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }

  private static func comment(_ text: String) -> String {
    String(text.map { $0.isNewline || $0 == "\"" || $0 == "\\" ? " " : $0 })
  }
}
