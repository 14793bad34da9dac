import ArgumentParser
import MemFit

/// Long lists that are shown on demand.
struct DetailOptions: ParsableArguments {
  @Flag(help: "Show every layer, not only the largest.")
  var layers = false

  @Flag(help: "Show every value of the graph with its type and shape.")
  var values = false

  @Flag(help: "Say of every figure where it comes from.")
  var explain = false

  var all: Set<Report.Detail> {
    var details: Set<Report.Detail> = []
    if layers { details.insert(.layers) }
    if values { details.insert(.values) }
    if explain { details.insert(.explanations) }
    return details
  }
}
