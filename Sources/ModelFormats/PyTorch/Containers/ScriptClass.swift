/// What the code of TorchScript says of the attributes of a class.
///
/// ```
/// class Linear(Module):
///   __parameters__ = ["weight", "bias", ]
///   __buffers__ = []
/// ```
struct ScriptClass: Hashable {
  var parameters: Set<String> = []
  var buffers: Set<String> = []

  /// The classes in a file of code, by module and name.
  static func all(in code: String, module: String) -> [String: ScriptClass] {
    var classes: [String: ScriptClass] = [:]
    var current = ""
    for line in code.split(separator: "\n") {
      if line.hasPrefix("class ") {
        current = "\(module).\(line.dropFirst("class ".count).prefix { !"(:".contains($0) })"
        classes[current] = ScriptClass()
      } else if line.hasPrefix("  __parameters__ = [") {
        classes[current]?.parameters = names(in: line)
      } else if line.hasPrefix("  __buffers__ = [") {
        classes[current]?.buffers = names(in: line)
      }
    }
    return classes
  }

  /// The texts in quotes.
  private static func names(in line: Substring) -> Set<String> {
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    return Set(parts.indices.filter { !$0.isMultiple(of: 2) }.map { String(parts[$0]) })
  }
}
