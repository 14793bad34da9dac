extension CheckpointCode {
  /// What surrounds the first run of a region and the second.
  static let contexts = """
    def contexts(kept: dict, modules: list):
        first, second = nullcontext(), nullcontext()
        if kept:
            first, second = create_selective_checkpoint_contexts(policy(kept))
        return first, SecondRun(modules, second)


    def policy(kept: dict):
        calls = Counter()

        def decide(context, operator, *arguments, **named):
            call = (str(operator), context.is_recompute)
            calls[call] += 1
            is_kept = calls[call] - 1 in kept.get(str(operator), ())
            return CheckpointPolicy.MUST_SAVE if is_kept else CheckpointPolicy.PREFER_RECOMPUTE

        return decide


    class SecondRun:
        \"\"\"Has batch norms leave alone their running statistics, which the first run updates.\"\"\"

        def __init__(self, modules: list, context):
            self.modules = modules
            self.context = context

        def __enter__(self):
            norms = [norm for module in self.modules for norm in module.modules()
                     if getattr(norm, "num_batches_tracked", None) is not None]
            self.found = [(norm, norm.momentum, norm.num_batches_tracked) for norm in norms]
            for norm in norms:
                norm.momentum, norm.num_batches_tracked = 0.0, None
            return self.context.__enter__()

        def __exit__(self, *error):
            for norm, momentum, batches in self.found:
                norm.momentum, norm.num_batches_tracked = momentum, batches
            return self.context.__exit__(*error)

    """
}
