import ModelGraph

/// State that modules make anew in single precision when they are cast to fewer bits.
///
/// timm's rotary positions do so with the places of the grid and the frequencies' periods that they keep.
/// Source: `_apply` of `RotaryEmbeddingMixed` and `RotaryEmbeddingDinoV3` of `layers/pos_embed_sincos.py`, timm 1.0.
enum SingleState {
  private static let names = ["rope.t_x", "rope.t_y", "rope.periods"]

  private static let dot = UInt8(ascii: ".")

  /// The files of timm whose models have such positions.
  private static let files: Set = ["eva.py", "naflexvit.py"]

  /// Whether a state of a program is of that kind.
  static func contains(_ name: String, of program: ExportedProgram) -> Bool {
    names.contains { name.hasSuffix($0) && name.utf8.dropLast($0.utf8.count).last ?? dot == dot }
      && !files.isDisjoint(with: program.body.files)
  }
}
