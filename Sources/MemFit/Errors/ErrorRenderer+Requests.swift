import MemoryAnalysis
import ModelGraph

extension ErrorRenderer {
  static func words(for error: BindingError) -> Complaint {
    switch error {
    case .unknownSymbol(let name, let known):
      Complaint(
        "the model has no open size called “\(name)”",
        hints: NearNames(names: known).suggestion(for: name) + [list("its open sizes", known)])
    case .notPositive(let name, let size):
      Complaint("\(name) must be at least 1, found \(size)")
    case .contradiction(let name, let sizes):
      Complaint(
        "\(name) is set to \(sizes.map(String.init).joined(separator: " and to "))",
        hints: ["set it once, by --set or by a flag of its own"])
    case .tooLarge(let input, let type):
      Complaint(
        "the input \(input) would be \(type), more than 2⁴⁸ elements",
        hints: ["choose smaller values of --batch, --sequence, --image or --set"])
    case .noSuchAxis(let flag):
      Complaint(
        "no input of the model has the axis that \(flag) sets",
        hints: ["memfit MODEL --values shows the inputs; --set NAME=SIZE sets any open size"])
    case .unknownInput(let name, let known):
      Complaint(
        "the model has no input called “\(name)”",
        hints: NearNames(names: known).suggestion(for: name) + [list("its inputs", known)])
    case .inputTypeMismatch(let name, let expected, let found):
      Complaint("the input \(name) takes \(expected), found \(found)")
    case .layer(let name, let reason):
      Complaint(
        "\(name.isEmpty ? "the model" : "the layer \(name)") cannot take these sizes: \(reason)",
        hints: ["try other values of --batch, --sequence, --image or --set"])
    }
  }

  static func words(for error: RequestError) -> Complaint {
    switch error {
    case .unknownDevice(let name, let known):
      Complaint(
        "there is no device called “\(name)”",
        hints: NearNames(names: known).suggestion(for: name)
          + ["memfit devices lists those known"])
    case .unknownFigure(let key, let known):
      Complaint(
        "nothing is known of the figure “\(key)”",
        hints: NearNames(names: known).suggestion(for: key) + [list("known are", known)])
    case .runtimeMismatch(let runtime, let format):
      Complaint(
        "\(runtime) runs TFLite files, and this is \(format)",
        hints: ["leave out --runtime, or choose pytorch or onnxruntime"])
    case .repeated(let name, let values):
      Complaint(
        "\(name) is given \(values.joined(separator: " and "))", hints: ["give it once"])
    case .malformed(let text, let expected, let example):
      Complaint("expected \(expected) such as \(example), found “\(text)”")
    }
  }

  static func words(for error: TrainingError) -> Complaint {
    switch error {
    case .nothingToTrain: Complaint("the graph has no nodes to train")
    case .noLoss:
      Complaint(
        "no loss leads back to a parameter: the first output is none that the loss takes",
        hints: ["--loss chooses another"])
    case .outputMismatch(let loss, let expected, let found):
      Complaint(
        "--loss \(loss.rawValue) takes an output \(expected), and the model's first output is \(found)",
        hints: ["--loss chooses another"])
    case .tooLarge:
      Complaint(
        "a training step of this model takes more memory than any machine has",
        hints: ["try smaller values of --batch, --sequence, --image or --set"])
    case .nothingToRecompute(let choice):
      Complaint(
        "the model has no modules for --checkpointing \(choice)",
        hints: [
          "memfit layers MODEL shows the paths of its modules",
          "--checkpointing 'names=PATTERN' picks modules by path, * for any characters",
        ])
    case .nothingToFreeze(let pattern, let names):
      Complaint(
        "no parameter has a name such as “\(pattern)”",
        hints: ["* stands for any characters", list("the parameters", names)])
    case .nothingToAdapt(let adapters):
      Complaint(
        "the model has no linear layers for --lora \(adapters)",
        hints: [
          "memfit layers MODEL shows the paths of its layers",
          "--lora 'RANK:PATTERN' picks layers by path, * for any characters",
        ])
    case .unsupportedDevice(let name):
      Complaint(
        "training is not modelled on \(name)", hints: ["memfit devices lists those known"])
    case .unsupported(let option, let value, let known):
      Complaint(
        "\(option) \(value) is not modelled",
        hints: NearNames(names: known).suggestion(for: value) + [list("modelled are", known)])
    }
  }

  static func words(for error: CachingAllocator.Configuration.SettingsError) -> Complaint {
    let known = CachingAllocator.Configuration.settingNames
    return switch error {
    case .expectedValue(let key):
      Complaint("the allocator's setting “\(key)” has no value: write \(key):VALUE")
    case .expectedComma(let key):
      Complaint("expected a comma after the value of the allocator's setting “\(key)”")
    case .unknownKey(let key):
      Complaint(
        "the allocator has no setting “\(key)” that is modelled",
        hints: NearNames(names: known).suggestion(for: key) + [list("modelled are", known)])
    case .badValue(let key, let found, let expected):
      Complaint("the allocator's setting “\(key)” takes \(expected), found “\(found)”")
    }
  }

  private static func list(_ title: String, _ names: [String]) -> String {
    let shown = names.prefix(12).joined(separator: ", ")
    let rest = names.count > 12 ? " and \(names.count - 12) more" : ""
    return names.isEmpty ? "\(title): none" : "\(title): \(shown)\(rest)"
  }
}

extension NearNames {
  fileprivate func suggestion(for text: String) -> [String] {
    ErrorRenderer.meant(near(text))
  }
}

extension RequestError: CustomStringConvertible {
  public var description: String { ErrorRenderer.words(for: self).message }
}
