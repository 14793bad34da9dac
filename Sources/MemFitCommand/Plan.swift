import ArgumentParser

/// Plans that make a model smaller without changing what it computes.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Place buffers in one arena, with proof where it is possible.",
    discussion: """
      EXAMPLES
        memfit plan arena buffers.csv
        memfit plan arena buffers.csv --capacity 1048576 --format csv
      """,
    subcommands: [PlanArena.self])
}
