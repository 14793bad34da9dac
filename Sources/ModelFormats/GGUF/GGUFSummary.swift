public import ModelGraph

/// What llama.cpp prints of a model: bits per weight, and how many parameters each part has.
public struct GGUFSummary: Hashable, Sendable {
  public var elementCount: Int
  public var bytes: ByteCount

  /// The parts, largest first.
  public var groups: [Group]

  /// The tensors of one purpose.
  public struct Group: Hashable, Sendable {
    public var name: String
    public var tensorCount: Int
    public var elementCount: Int
    public var bytes: ByteCount
  }

  public init(_ tensors: [Tensor]) {
    var groups: [String: Group] = [:]
    var names: [Substring: String] = [:]
    for tensor in tensors {
      let owner = Group.owner(ofTensor: tensor.name)
      let name = names[owner] ?? Group.name(ofOwner: String(owner))
      names[owner] = name
      var group = groups[name] ?? Group(name: name, tensorCount: 0, elementCount: 0, bytes: .zero)
      group.tensorCount += 1
      group.elementCount = group.elementCount.addingSaturating(tensor.type.elementCount)
      group.bytes = group.bytes + tensor.type.byteCount
      groups[name] = group
    }
    self.groups = groups.values.sorted {
      ($1.elementCount, $0.name) < ($0.elementCount, $1.name)
    }
    elementCount = self.groups.reduce(0) { $0.addingSaturating($1.elementCount) }
    bytes = self.groups.map(\.bytes).total()
  }

  /// The bits that an element takes on average, over all tensors of the file as llama.cpp counts.
  public var bitsPerWeight: Double? {
    elementCount == 0 ? nil : Double(bytes.value) * 8 / Double(elementCount)
  }
}

extension GGUFSummary.Group {
  /// The bits that an element of the group takes on average.
  public var bitsPerWeight: Double? {
    elementCount == 0 ? nil : Double(bytes.value) * 8 / Double(elementCount)
  }

  /// The purpose of a tensor, by llama.cpp's names (`blk.3.ffn_up_exps.weight`).
  ///
  /// Names: <https://github.com/ggml-org/llama.cpp/blob/master/src/llama-arch.cpp>
  fileprivate static func name(ofOwner owner: String) -> String {
    let purpose = purposes.first { owner.hasPrefix($0.prefix) || owner.hasSuffix($0.suffix) }
    return purpose?.group ?? "other"
  }

  /// The part of a tensor's name that says what it is for, such as `ffn_up_exps`.
  fileprivate static func owner(ofTensor name: String) -> Substring {
    let parts = name.dottedParts
    let isInBlock = parts.count > 2 && ["blk", "v", "mm", "enc", "dec"].contains(parts[0])
    return (isInBlock ? parts.dropFirst(2) : parts[...]).first { $0 != "blk" } ?? ""
  }

  /// The first line that fits a tensor's owner names its group; a dash fits nothing.
  private static let purposes: [(prefix: String, suffix: String, group: String)] = [
    ("token_embd_norm", "_norm", "normalization"),
    ("token_embd", "-", "token embeddings"),
    ("token_types", "-", "token embeddings"),
    ("position_embd", "-", "position embeddings"),
    ("output_norm", "-", "normalization"),
    ("ffn_gate_inp", "-", "router"),
    ("exp_probs", "-", "router"),
    ("-", "_exps", "experts"),
    ("-", "_shexp", "shared experts"),
    ("ffn_", "-", "feed-forward"),
    ("attn_", "-", "attention"),
    ("ssm_", "-", "state space"),
    ("time_mix", "-", "time mixing"),
    ("channel_mix", "-", "channel mixing"),
    ("rope_", "-", "rotary tables"),
    ("output", "-", "output"),
  ]
}

extension GGUFSummary {
  /// The summary as notes for people.
  var diagnostics: [Diagnostic] {
    guard let bitsPerWeight else { return [] }
    let parts = groups.map { group in
      "\(group.name) \(group.elementCount.grouped)"
        + (group.bitsPerWeight.map { " at \($0.hundredths) bits" } ?? "")
    }
    return [
      Diagnostic(
        .note, "bitsPerWeight",
        "\(bitsPerWeight.hundredths) bits per weight over \(elementCount.grouped) elements"),
      Diagnostic(.note, "tensorGroups", "elements by purpose: \(parts.joined(separator: ", "))"),
    ]
  }
}

extension Int {
  fileprivate func addingSaturating(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// The digits in groups of three.
  fileprivate var grouped: String {
    var text = ""
    for (index, digit) in String(self).reversed().enumerated() {
      if index > 0, index.isMultiple(of: 3), digit != "-" { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}

extension Double {
  /// The number with two digits after the point.
  fileprivate var hundredths: String {
    let (whole, rest) = Int((self * 100).rounded()).quotientAndRemainder(dividingBy: 100)
    return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }
}
