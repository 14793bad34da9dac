import ModelGraph

/// The classifier of a network that torchvision makes for segmentation: it is made with the network, left
/// out of what segments, and dropped when all is made.
///
/// Source: `segmentation/fcn.py`, `deeplabv3.py` and `lraspp.py` of torchvision; `IntermediateLayerGetter`.
struct DroppedClassifier {
  /// The tensor after which it is made.
  let predecessor: String

  private let shapes: [Shape]

  /// The widths of the hidden layer of a MobileNetV3 by the channels that come to it.
  private static let hiddenWidths = [960: 1280, 576: 1024]
  private static let classCount = 1000

  /// What a program tells; `nil` if no such network was exported.
  init?(_ program: ExportedProgram) {
    let files: Set = ["_utils.py", "lraspp.py"]
    let nodes = program.body.nodes
    guard nodes.indices.contains(where: { files.contains(nodes[$0].frames.first?.file ?? "") })
    else { return nil }
    let names = program.body.inputs.flatMap(\.tensorNames)
    let own = names.filter { program.stored[$0]?.name.hasPrefix("backbone.") ?? false }
    let widths = own.compactMap { name -> Int? in
      guard program.stored[name]?.role == .parameter,
        let shape = program.body.tensors[name]?.shape([:]), shape.count == 4
      else { return nil }
      return shape[0]
    }
    guard let last = own.last.flatMap({ program.stored[$0]?.name }), let width = widths.last else {
      return nil
    }
    predecessor = last
    let classes = Self.classCount
    if last.hasPrefix("backbone.layer4.") {
      shapes = [[classes, width], [classes]]
    } else if let hidden = Self.hiddenWidths[width] {
      shapes = [[hidden, width], [hidden], [classes, hidden], [classes]]
    } else {
      return nil
    }
  }

  var construction: [Construction.Step] {
    shapes.enumerated().map { .make("classifier \($0)", TensorType(.float32, $1)) }
  }
}
