public import MemoryAnalysis

/// Python code that has PyTorch compute the regions of a plan again.
///
/// Modules are wrapped in `torch.utils.checkpoint.checkpoint` by their paths, runs of them as one segment, as
/// `checkpoint_sequential` does. What a region keeps is a selective policy, which
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

    # What is computed again together: modules of which each takes the result of the one before, and the
    # calls of operators whose results are kept.
    REGIONS = [
    \(regions)]


    def recompute(model: nn.Module) -> nn.Module:
        for paths, kept in REGIONS:
            wrap([model.get_submodule(path) for path in paths], kept)
        return model


    def wrap(modules: list, kept: dict) -> None:
        forwards = [module.forward for module in modules]

        def run(*arguments, **named):
            value = forwards[0](*arguments, **named)
            for forward in forwards[1:]:
                value = forward(value)
            return value

        def recomputed(*arguments, **named):
            return again(kept, run, *arguments, **named)

        # The last one runs them all; the others hand on what comes in.
        for module in modules[:-1]:
            module.forward = handed_on
        modules[-1].forward = recomputed


    def handed_on(value):
        return value


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

    """
  }

  private var regions: String {
    plan.regions.map { region in
      let paths = region.modules.map(Self.literal).joined(separator: ", ")
      return "    ([\(paths)], {\(kept(region))}),\n"
    }.joined()
  }

  /// What a region keeps: the numbers of the calls, by operator.
  private func kept(_ region: PlannedRegion) -> String {
    region.keptCalls.map { name, indices in
      "\(Self.literal("aten.\(name)")): {\(indices.map(String.init).joined(separator: ", "))}"
    }.joined(separator: ", ")
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
