import MemoryAnalysis

extension CheckpointCode {
  /// Modules wrapped by their paths, runs of them as one segment, as `checkpoint_sequential` does.
  var wrappedPart: String {
    """
    from collections import Counter
    from contextlib import nullcontext

    from torch import nn
    from torch.utils.checkpoint import (
        CheckpointPolicy,
        checkpoint,
        create_selective_checkpoint_contexts,
    )

    # What is computed again together: modules of which each takes the result of the one before, and the
    # calls of operators whose results are kept.
    REGIONS = [
    \(wrappedRegions)]


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
            # Lists are copied: one that grows later, as DenseNet's do, is not what came in.
            arguments = [list(value) if isinstance(value, list) else value for value in arguments]
            return checkpoint(run, *arguments, use_reentrant=False,
                              context_fn=lambda: contexts(kept, modules), **named)

        # The last one runs them all; the others hand on what comes in.
        for module in modules[:-1]:
            module.forward = handed_on
        modules[-1].forward = recomputed


    def handed_on(value):
        return value


    """
  }

  private var wrappedRegions: String {
    lines { region in
      guard case .modules(let paths) = region.place else { return "[]" }
      return "[\(paths.map(Self.literal).joined(separator: ", "))]"
    }
  }
}
