import MemoryAnalysis

extension CheckpointCode {
  /// Calls regrouped in what `torch.fx` traces.
  var tracedPart: String {
    """
    import operator
    from collections import Counter
    from contextlib import nullcontext

    import torch
    from torch import fx, nn
    from torch.nn import functional
    from torch.utils.checkpoint import (
        CheckpointPolicy,
        checkpoint,
        create_selective_checkpoint_contexts,
    )


    class After(str):
        # The place right after the call of a module; its path alone is the place before.
        pass


    # What is computed again together: from one place up to another, or to the end (None), and the calls of
    # operators whose results are kept.
    REGIONS = [
    \(tracedRegions)]

    # Calls that run earlier than in the model: each right before that of another module.
    EARLIER = [
    \(earlierCalls)]

    # Modules that keep their result, which tells as well as what comes in where it was cut off.
    BOUNDED = [
    \(boundedModules)]


    def recompute(model: nn.Module) -> nn.Module:
        if not model.training:
            raise ValueError("call model.train() first: the model is traced as it trains")
        traced = fx.GraphModule(model, trace(model))
        calls, lasts = called(traced.graph)
        for path, later in EARLIER:
            calls[later].prepend(calls[path])

        def node(place):
            return lasts[place].next if isinstance(place, After) else calls[place]

        # All places are found before the first nodes move.
        parts = [list(between(node(start), node(stop) if stop else None))
                 for start, stop, _ in REGIONS]
        for number, (nodes, (_, _, kept)) in enumerate(zip(parts, REGIONS, strict=True)):
            cut_out(traced, nodes, f"region_{number}", kept)
        for path in BOUNDED:
            keep_result(model.get_submodule(path))
        traced.graph.lint()
        traced.recompile()
        plain = model.forward

        def forward(*arguments, **named):
            run = traced.forward if model.training else plain
            return run(*arguments, **named)

        model.forward = forward
        return model


    def trace(model: nn.Module) -> fx.Graph:
        try:
            return Tracer().trace(model)
        except Exception as error:
            raise TypeError(
                "torch.fx cannot trace this model: plan with memfit's --form modules") from error


    class Tracer(fx.Tracer):
        def proxy(self, node):
            return Value(node, self)


    class Value(fx.Proxy):
        # Without this, what the model adds in place would become a sum beside it.
        def __iadd__(self, other):
            return self.tracer.create_proxy("call_function", operator.iadd, (self, other), {})


    class Calls(dict):
        def __missing__(self, path):
            raise LookupError(f"the model does not call {path}: the plan is for another one")


    def called(graph: fx.Graph) -> tuple[Calls, Calls]:
        firsts, lasts = Calls(), Calls()
        for node in graph.nodes:
            for path in node.meta.get("nn_module_stack", {}):
                firsts.setdefault(path, node)
                lasts[path] = node
        return firsts, lasts


    def between(start: fx.Node, stop):
        node = start
        while node is not stop and node.op != "output":
            yield node
            node = node.next


    def cut_out(traced: fx.GraphModule, nodes: list, name: str, kept: dict) -> None:
        inside = set(nodes)
        sources = dict.fromkeys(
            source for node in nodes for source in node.all_input_nodes if source not in inside)
        results = [node for node in nodes if not inside.issuperset(node.users)]
        part = fx.Graph()
        copies = {source: part.placeholder(source.name) for source in sources}
        for node in nodes:
            copies[node] = part.node_copy(node, copies.get)
        part.output(tuple(copies[node] for node in results))
        traced.add_submodule(name, Region(fx.GraphModule(traced, part), kept))
        with traced.graph.inserting_before(nodes[0]):
            call = traced.graph.call_module(name, tuple(sources))
            for position, node in enumerate(results):
                result = traced.graph.call_function(operator.getitem, (call, position))
                node.replace_all_uses_with(result, lambda user: user not in inside)
        for node in reversed(nodes):
            traced.graph.erase_node(node)


    def keep_result(module: nn.Hardtanh) -> None:
        plain = module.forward

        def forward(value):
            if not module.training:
                return plain(value)
            return Bounded.apply(value, module.min_val, module.max_val, module.inplace)

        module.forward = forward


    class Bounded(torch.autograd.Function):
        @staticmethod
        def forward(context, value, low, high, in_place):
            result = functional.hardtanh(value, low, high, in_place)
            if in_place:
                context.mark_dirty(value)
            context.save_for_backward(result)
            context.bounds = low, high
            return result

        @staticmethod
        def backward(context, gradient):
            result, = context.saved_tensors
            kernel = torch.ops.aten.hardtanh_backward
            return kernel(gradient, result, *context.bounds), None, None, None


    class Region(nn.Module):
        def __init__(self, function: nn.Module, kept: dict):
            super().__init__()
            self.function = function
            self.kept = kept

        def forward(self, *values):
            return checkpoint(self.function, *values, use_reentrant=False,
                              context_fn=lambda: contexts(self.kept, [self.function]))


    """
  }

  private var tracedRegions: String {
    lines { region in
      guard case .calls(let first, let next, _) = region.place else { return "None, None" }
      return "\(words(first)), \(next.map(words) ?? "None")"
    }
  }

  private func words(_ place: CallPlace) -> String {
    switch place {
    case .before(let path): Self.literal(path)
    case .after(let path): "After(\(Self.literal(path)))"
    }
  }

  private var boundedModules: String {
    plan.bounded.map { "    \(Self.literal($0)),\n" }.joined()
  }

  private var earlierCalls: String {
    plan.earlier.map { "    (\(Self.literal($0.path)), \(Self.literal($0.before))),\n" }.joined()
  }
}
