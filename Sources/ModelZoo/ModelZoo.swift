public import ModelGraph

/// The architectures that are built in.
public enum ModelZoo {
  /// Every architecture, family by family.
  ///
  /// To add a family, add a file with its layers and its list, and name the list here.
  public static let architectures: [Architecture] = families.flatMap(\.self)

  public static func architecture(named name: String) -> Architecture? { byName[name] }

  /// The model of a built-in architecture; `nil` if there is none of this name.
  public static func model(named name: String) -> Model? { byName[name]?.model }

  private static let byName = Dictionary(
    architectures.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  private static let families: [[Architecture]] = [
    // MARK: Images
    Architecture.alexNets, Architecture.vggs, Architecture.googLeNets, Architecture.inceptions,
    Architecture.resNets, Architecture.squeezeNets, Architecture.denseNets,
    Architecture.mobileNetV2s, Architecture.mobileNetV3s, Architecture.shuffleNets,
    Architecture.mnasNets, Architecture.efficientNets, Architecture.regNets,
    Architecture.convNeXts, Architecture.visionTransformers, Architecture.swinTransformers,
    Architecture.maxViTs, Architecture.uNets,

    // MARK: Text
    Architecture.berts, Architecture.gpt2s, Architecture.gpt3s, Architecture.llamas,
  ]
}
