import ModelGraph

/// In which order constructors make tensors that modules list in another.
///
/// A module lists its own tensors before its children's, and a child where the constructor names it. But
/// residual networks make the layers of a shortcut first and give them to the block, which names them last;
/// and vision transformers make tokens and positions after the patches' embedding.
/// Source: `_make_layer` of torchvision's `resnet.py` and `make_blocks` of timm's; `VisionTransformer` of timm.
enum ConstructionHabits {
  /// The names of tensors, listed by module, as they are made; masks of the future before the layers of
  /// their modules.
  static func made(_ listed: [String], triangles: Set<String>) -> [String] {
    NormedWeight.directionsFirst(
      tokensAfterPatches(shortcutsFirst(first(triangles, in: listed))))
  }

  /// Some tensors before all others of their modules.
  private static func first(_ chosen: Set<String>, in names: [String]) -> [String] {
    guard !chosen.isEmpty else { return names }
    var firsts: [Substring: Int] = [:]
    for (index, name) in names.enumerated() {
      for path in name.modulePaths { firsts[path] = firsts[path] ?? index }
    }
    let places = names.enumerated().map { index, name -> (Int, Int, Int) in
      guard chosen.contains(name), let path = name.modulePaths.first(where: { _ in true }) else {
        return (index, 1, index)
      }
      return (firsts[path] ?? index, 0, index)
    }
    return names.indices.sorted { places[$0] < places[$1] }.map { names[$0] }
  }

  /// The layers of a shortcut, a sequence called `downsample`, before the rest of its block.
  private static func shortcutsFirst(_ names: [String]) -> [String] {
    let blocks = names.map(block)
    guard blocks.contains(where: { $0 != nil }) else { return names }
    let wanted = Set(blocks.compactMap(\.self))
    var firsts: [Substring: Int] = [:]
    for (index, name) in names.enumerated() {
      for path in name.modulePaths where wanted.contains(path) {
        firsts[path] = firsts[path] ?? index
      }
    }
    let places = names.indices.map { index -> (Int, Int, Int) in
      guard let block = blocks[index], let first = firsts[block] else { return (index, 1, index) }
      return (first, 0, index)
    }
    return names.indices.sorted { places[$0] < places[$1] }.map { names[$0] }
  }

  /// The path of the block whose shortcut a tensor is in; `nil` if it is in none.
  private static func block(_ name: String) -> Substring? {
    guard name.containsBytes(of: ".downsample.") else { return nil }
    let parts = name.dottedParts
    guard let place = parts.lastIndex(of: "downsample"), place > 0, place + 2 < parts.count,
      Int(parts[place + 1]) != nil
    else { return nil }
    return name[..<parts[place - 1].endIndex]
  }

  /// A module's own tensors after those of its child `patch_embed`.
  private static func tokensAfterPatches(_ names: [String]) -> [String] {
    guard names.contains(where: { $0.containsBytes(of: "patch_embed.") }) else { return names }
    return ModulePaths.ordered(names) { own, children in
      guard let place = children.firstIndex(of: "patch_embed") else { return own + children }
      return Array(children[...place]) + own + children[(place + 1)...]
    }
  }
}
