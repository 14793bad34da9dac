public import MemoryAnalysis
import ModelZoo
public import Reports

extension MemFit {
  /// The device of a name.
  public static func device(named name: String) throws(RequestError) -> Device {
    if let device = Device.named(name) { return device }
    throw .unknownDevice(name: name, known: Device.catalog.map(\.name))
  }

  /// The devices whose name, title or kind contains a text; all without one.
  public static func devices(containing text: String?) -> DeviceList {
    let devices = Device.catalog.filter { device in
      matches(text, [device.name, device.title, device.kind.rawValue])
    }
    return DeviceList(version: version, devices: devices)
  }

  /// The built-in architectures whose name, family or paper contains a text; all without one.
  public static func models(containing text: String?) -> ModelList {
    let chosen = ModelZoo.architectures.filter { architecture in
      matches(
        text,
        [architecture.name, architecture.title, architecture.family, architecture.paper.title])
    }
    return ModelList(version: version, models: chosen.map(ModelList.Entry.init))
  }

  private static func matches(_ text: String?, _ words: [String]) -> Bool {
    guard let text = text?.lowercased() else { return true }
    return words.contains { $0.lowercased().contains(text) }
  }
}

extension ModelList.Entry {
  fileprivate init(_ architecture: Architecture) {
    let paper = architecture.paper
    self.init(
      name: architecture.name, title: architecture.title,
      parameters: architecture.parameterCount,
      paper: ModelList.Paper(
        title: paper.title, authors: paper.authors, year: paper.year, url: paper.url))
  }
}
