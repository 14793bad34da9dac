import ByteFormats

extension String {
  /// The text as it may be shown in a message: in quotes, without control characters, not too long.
  var quoted: String {
    let scalars = unicodeScalars.prefix(80)
    var text = "\""
    for scalar in scalars {
      text += scalar.isUnsafeToShow ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return text + (scalars.endIndex == unicodeScalars.endIndex ? "\"" : "…\"")
  }
}

extension Unicode.Scalar {
  /// Whether a terminal might obey it: control characters, and those that turn the direction of text.
  fileprivate var isUnsafeToShow: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
