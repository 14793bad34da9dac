public import MemoryAnalysis

/// Python code that has PyTorch compute the regions of a plan again.
///
/// Modules are wrapped in `torch.utils.checkpoint.checkpoint` by their paths, runs of a `Sequential`'s
/// children as one segment, as `checkpoint_sequential` does.
/// <https://docs.pytorch.org/docs/stable/checkpoint.html>
public struct CheckpointCode: Sendable {
  private let plan: RegionPlan
  private let model: String

  public init(_ plan: RegionPlan, model: String) {
    self.plan = plan
    self.model = model
  }

  public var text: String {
    """
    \"\"\"Computes parts of \(Self.comment(model)) again in the backward pass.

    Planned by memfit: a step asks for \(plan.peakBytes) bytes at its peak.
    Call recompute(model) once, before training.
    \"\"\"

    from torch import nn
    from torch.utils.checkpoint import checkpoint

    MODULES = [
    \(modules)]

    # Children of a Sequential that are computed again together: container, first, last.
    SEGMENTS = [
    \(segments)]


    def recompute(model: nn.Module) -> nn.Module:
        for path in MODULES:
            wrap(model.get_submodule(path))
        for path in dict.fromkeys(path for path, _, _ in SEGMENTS):
            container = model.get_submodule(path)
            if not isinstance(container, nn.Sequential):
                raise TypeError(f"{path} is {type(container).__name__}, expected Sequential")
            join(container, {first: last for name, first, last in SEGMENTS if name == path})
        return model


    def wrap(module: nn.Module) -> None:
        forward = module.forward

        def recomputed(*arguments, **named):
            return checkpoint(forward, *arguments, use_reentrant=False, **named)

        module.forward = recomputed


    def join(container: nn.Sequential, segments: dict) -> None:
        children = list(container)

        def run(first, last, value):
            for child in children[first : last + 1]:
                value = child(value)
            return value

        def forward(value):
            index = 0
            while index < len(children):
                last = segments.get(index, index)
                if index in segments:
                    value = checkpoint(run, index, last, value, use_reentrant=False)
                else:
                    value = children[index](value)
                index = last + 1
            return value

        container.forward = forward

    """
  }

  private var modules: String {
    plan.regions.filter { $0.moduleCount == 1 }.map { "    \(Self.literal($0.path)),\n" }.joined()
  }

  private var segments: String {
    plan.regions.filter { $0.moduleCount > 1 }.map { region in
      let dot = region.path.lastIndex(of: ".")
      let container = dot.map { String(region.path[..<$0]) } ?? ""
      let first =
        Int(region.path[(dot.map { region.path.index(after: $0) } ?? region.path.startIndex)...])
        ?? 0
      return "    (\(Self.literal(container)), \(first), \(first + region.moduleCount - 1)),\n"
    }.joined()
  }

  /// A Python string; the paths of a file may hold anything.
  private static func literal(_ text: String) -> String {
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
