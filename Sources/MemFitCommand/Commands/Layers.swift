import ArgumentParser
import MemFit

/// The layers of a model, one a line.
struct Layers: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers",
    abstract: "Every layer with its parameters and the formula they follow from.",
    discussion: """
      EXAMPLES
        memfit layers resnet50
        memfit layers resnet50 --sort size --top 5
        memfit layers model.onnx --type convolution --format csv > layers.csv
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: "The order of the layers.")
  var sort = Order.use

  @Option(help: "Show this many layers and no more.")
  var top: Int?

  @Option(help: "Show layers of this kind only; repeatable.")
  var type: [LayerType] = []

  enum Order: String, Word {
    /// As the model runs through them.
    case use
    case size, name
  }

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top must be at least 1, found \(top)") }
  }

  func run() throws {
    let report = try model.report(MemFit.Request(sections: [.store], details: [.layers]))
    let chosen = (report.store?.footprint.layers ?? [])
      .filter { type.isEmpty || type.contains($0.type) }
    let sorted = sort.sorted(chosen).prefix(top ?? .max)
    try model.output.print(
      LayerList(version: report.version, model: report.model, layers: Array(sorted)))
  }
}

extension Layers.Order {
  fileprivate func sorted(_ layers: [LayerFootprint]) -> [LayerFootprint] {
    switch self {
    case .use: layers
    case .size: layers.sorted { $0.parameters.bytes > $1.parameters.bytes }
    case .name: layers.sorted { $0.name < $1.name }
    }
  }
}
