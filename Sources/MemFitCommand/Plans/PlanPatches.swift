import ArgumentParser
import MemFit

/// Running the first nodes of a network patch by patch.
struct PlanPatches: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "patches",
    abstract: "Patch by patch through the first layers: what it saves, what overlaps.",
    usage: "memfit plan patches <model> [<options>]",
    discussion: """
      Bytes are counted as on a microcontroller: functions of single elements and \
      depthwise convolutions work in place, the image is read patch by patch.

      EXAMPLES
        memfit plan patches mobilenet_v2 --data-type int8
        memfit plan patches model.onnx --format json
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: "The type of activations on the device; as in the graph if not said.")
  var dataType: DataType?

  func run() throws {
    var plan = PlanRequest([.patches])
    plan.activationType = dataType
    try model.output.print(model.report(MemFit.Request(sections: [.plan], plan: plan)))
  }
}
