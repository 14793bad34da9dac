import ArgumentParser

/// Plans that make a model smaller without changing what it computes.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Offsets, order, recomputation, patches, with proof where it is possible.",
    discussion: """
      EXAMPLES
        memfit plan arena mobilenet_v2 --svg arena.svg --header arena.h
        memfit plan arena buffers.csv --capacity 1048576 --format csv
        memfit plan order model.onnx --runtime onnxruntime --write better.onnx
        memfit plan recomputation resnet50 --batch 32
        memfit plan patches mobilenet_v2 --data-type int8
      """,
    subcommands: [PlanArena.self, PlanOrder.self, PlanRecomputation.self, PlanPatches.self])
}
