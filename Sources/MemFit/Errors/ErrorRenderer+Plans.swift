extension ErrorRenderer {
  static func words(for error: PlanError) -> Complaint {
    switch error {
    case .noGraph(let format):
      return Complaint(
        "there is nothing to plan: the \(format) file tells what to store, not what to run")
    case .file(let path, let key, let index, let expected, let found):
      let place = index.map { "\(key)[\($0)]" } ?? key
      return Complaint("\(path): expected \(expected) at \(place), found \(found)")
    case .unknownSpeed(let device):
      return Complaint(
        "how fast \(device) computes is not known, so the extra time cannot be told",
        hints: ["choose another --device, such as a100-80gb"])
    case .notReorderable(let format):
      return Complaint(
        "only ONNX files can be written with their nodes in another order, and this is \(format)",
        hints: ["memfit plan order without --write says what the better order would save"])
    case .externalData(let folder, let target):
      return Complaint(
        "the weights lie in files beside the model, in \(folder), and would not be beside \(target)",
        hints: ["write into the same folder, or copy those files to the new one"])
    }
  }
}
