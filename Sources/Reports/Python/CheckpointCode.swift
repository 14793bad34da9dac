public import MemoryAnalysis

/// Python code that has PyTorch compute the regions of a plan again.
///
/// Modules are wrapped in `torch.utils.checkpoint.checkpoint` by their paths, runs of a `Sequential`'s
/// children as one segment, as `checkpoint_sequential` does. What a region keeps is a selective policy, which
/// counts the calls of operators.
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

    from collections import Counter

    from torch import nn
    from torch.utils.checkpoint import (
        CheckpointPolicy,
        checkpoint,
        create_selective_checkpoint_contexts,
    )

    # Modules that are computed again; of each, the calls of operators whose results are kept.
    MODULES = {
    \(modules)}

    # Children of a Sequential that are computed again together: container, first, last, kept.
    SEGMENTS = [
    \(segments)]


    def recompute(model: nn.Module) -> nn.Module:
        for path, kept in MODULES.items():
            wrap(model.get_submodule(path), kept)
        for path in dict.fromkeys(path for path, *_ in SEGMENTS):
            container = model.get_submodule(path)
            if not isinstance(container, nn.Sequential):
                raise TypeError(f"{path} is {type(container).__name__}, expected Sequential")
            join(container, {first: rest for name, first, *rest in SEGMENTS if name == path})
        return model


    def again(kept: dict, function, *arguments, **named):
        # Lists are copied: one that grows later, as DenseNet's do, is not what came in.
        arguments = [list(value) if isinstance(value, list) else value for value in arguments]
        if kept:
            named["context_fn"] = lambda: contexts(kept)
        return checkpoint(function, *arguments, use_reentrant=False, **named)


    def contexts(kept: dict):
        calls = Counter()

        def policy(context, operator, *arguments, **named):
            call = (str(operator), context.is_recompute)
            calls[call] += 1
            is_kept = calls[call] - 1 in kept.get(str(operator), ())
            return CheckpointPolicy.MUST_SAVE if is_kept else CheckpointPolicy.PREFER_RECOMPUTE

        return create_selective_checkpoint_contexts(policy)


    def wrap(module: nn.Module, kept: dict) -> None:
        forward = module.forward

        def recomputed(*arguments, **named):
            return again(kept, forward, *arguments, **named)

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
                if index in segments:
                    last, kept = segments[index]
                    value = again(kept, run, index, last, value)
                else:
                    last = index
                    value = children[index](value)
                index = last + 1
            return value

        container.forward = forward

    """
  }

  private var modules: String {
    plan.regions.filter { $0.moduleCount == 1 }
      .map { "    \(Self.literal($0.path)): \(kept($0)),\n" }.joined()
  }

  private var segments: String {
    plan.regions.filter { $0.moduleCount > 1 }.map { region in
      let dot = region.path.lastIndex(of: ".")
      let container = dot.map { String(region.path[..<$0]) } ?? ""
      let first =
        Int(region.path[(dot.map { region.path.index(after: $0) } ?? region.path.startIndex)...])
        ?? 0
      let last = first + region.moduleCount - 1
      return "    (\(Self.literal(container)), \(first), \(last), \(kept(region))),\n"
    }.joined()
  }

  /// What a region keeps: the numbers of the calls, by operator.
  private func kept(_ region: PlannedRegion) -> String {
    let calls = region.keptCalls.map { name, indices in
      "\(Self.literal("aten.\(name)")): {\(indices.map(String.init).joined(separator: ", "))}"
    }
    return "{\(calls.joined(separator: ", "))}"
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
