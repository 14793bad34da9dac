/// What becomes of a forward value between its last use in the forward pass and its next.
enum RetentionChoice: UInt8, CaseIterable {
  /// It stays.
  case kept

  /// It goes, and stays once it was made again.
  case remade

  /// It goes, and goes again whenever the next task does not read it.
  case transient
}
