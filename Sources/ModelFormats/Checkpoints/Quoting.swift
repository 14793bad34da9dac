import ByteFormats

extension String {
  /// The text as it may be shown in a message: in quotes, without control characters, not too long.
  var quoted: String {
    let scalars = unicodeScalars.prefix(80)
    var text = "\""
    for scalar in scalars {
      text += scalar.isUnsafeToShow ? scalar.escape : String(scalar)
    }
    return text + (scalars.endIndex == unicodeScalars.endIndex ? "\"" : "…\"")
  }
}

extension Unicode.Scalar {
  fileprivate var escape: String { "\\u{\(String(value, radix: 16, uppercase: true))}" }

  /// Whether a terminal might obey it: control characters, and what turns the direction of text.
  fileprivate var isUnsafeToShow: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
